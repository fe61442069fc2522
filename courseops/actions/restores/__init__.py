"""Restores: find a version, look at it, put it beside what is there."""
