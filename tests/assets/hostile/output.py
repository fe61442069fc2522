"""Prints without end.

ends: output
"""
# %% answer
while True:
    print("x" * 1000)
