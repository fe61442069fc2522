"""Replaces a function of the teacher's own module.

flag: checks
"""
# %% answer
import checks
checks.close = lambda a, b: True
