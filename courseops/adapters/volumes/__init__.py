"""Where learners' files are: one module a way of keeping them."""
