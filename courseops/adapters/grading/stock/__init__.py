"""Stock Jupyter kernels of any language, in the sandbox of the fast path."""
