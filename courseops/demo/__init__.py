"""Hubs, a class and a course that run on this machine, for `courseops demo`."""
