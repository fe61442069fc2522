"""Leaving: archive somebody's work, remove it, erase what was kept."""
