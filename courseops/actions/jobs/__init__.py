"""Jobs: claim what is due, carry it out, watch over it, tell of it."""
