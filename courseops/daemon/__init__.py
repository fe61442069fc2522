"""The daemon: wake up, claim what is due, have it run, look after it, answer how it is."""
