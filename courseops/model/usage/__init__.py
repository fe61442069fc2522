"""How hubs and courses are used: what is seen, what is counted from it, and the report."""
