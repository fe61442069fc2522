"""*Runs*: what ran, one run as it goes on, and work that somebody sent off from a page."""
