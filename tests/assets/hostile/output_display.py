"""Shows images without end.

ends: output
"""
# %% answer
while True:
    display({"image/png": "A" * 100_000}, raw=True)
