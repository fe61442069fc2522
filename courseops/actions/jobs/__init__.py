"""Jobs: claim what is due, carry it out, tell of it."""
