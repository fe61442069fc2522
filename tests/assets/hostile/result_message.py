"""Sends a forged result from within the test, through the shell's own means.

flag: result
"""
# %% answer
import sys
def answer(n):
    if n == 0:
        sys.displayhook(4.0)
    return None
