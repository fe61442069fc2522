"""Rosters and accounts: read, plan, apply, undo, hand out first passwords."""
