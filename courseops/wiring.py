"""Config → adapters; the only module that knows both."""
