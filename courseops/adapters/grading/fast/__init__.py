"""The fast path, seen from the worker: forks of one warm Python, and what is said between us."""
