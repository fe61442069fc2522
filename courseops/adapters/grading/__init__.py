"""Running learners' code: confined, warm, several at once, and giving back nothing but data."""
