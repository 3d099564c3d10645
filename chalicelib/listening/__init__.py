"""What is said of a firm: sources that are read, watches that sift them, mentions."""
