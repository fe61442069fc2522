"""How hubs and courses are used: look at hubs, and report."""
