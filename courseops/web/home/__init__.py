"""*Home*: what needs whoever looks, by what they are."""
