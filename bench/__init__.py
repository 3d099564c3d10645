"""Cost and speed, measured."""
