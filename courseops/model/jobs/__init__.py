"""Jobs: what is due when, which of it is still to be run, and of what a person is told."""
