"""Names a path as its kernel.
"""
# %% twist
notebook["metadata"]["kernelspec"] = {"name": "../../../tmp/evil", "display_name": "x", "language": "python", "argv": ["/bin/sh", "-c", "touch /tmp/evil"]}
