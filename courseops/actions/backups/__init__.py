"""Backups: take them, prove them, keep the right ones."""
