"""Jobs that run themselves: claim what is due, carry it out, watch over it."""
