"""*My files* and *Backups*: what the backups hold of a home, looked through and brought back."""
