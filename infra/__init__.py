"""What Chalice does not create, and how everything is packaged and deployed."""
