"""Into learners' homes and out of them, where anything may have been planted."""
