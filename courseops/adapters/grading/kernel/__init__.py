"""Code that runs in the learner's own Python: it imports nothing of courseops by name."""
