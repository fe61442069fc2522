"""Pages for people: templates filled in, and drawings."""
