"""nbgrader, driven from a process of its own: it changes directory and environment as it works."""
