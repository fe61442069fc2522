"""Interrupts the test from within.
"""
# %% answer
def answer(n):
    raise KeyboardInterrupt
