"""Where learners' work is collected from, where it is kept, and the key that signs for it."""
