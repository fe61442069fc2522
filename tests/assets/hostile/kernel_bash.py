"""Names another kernel, in which every test is an error of syntax that nobody counts.
"""
# %% twist
notebook["metadata"]["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}
