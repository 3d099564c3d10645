"""Posts and deliveries: what goes out, when, and exactly once."""
