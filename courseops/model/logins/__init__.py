"""What a hub's configuration lets people log in with, and what is wrong with that."""
