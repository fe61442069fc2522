"""Everything that our database holds of one person: found, told, and taken out of it."""
