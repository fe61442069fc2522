"""Where rosters come from: one module a kind of source."""
