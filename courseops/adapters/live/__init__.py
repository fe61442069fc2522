"""What is in use while it is backed up: homes, databases, whole file systems."""
