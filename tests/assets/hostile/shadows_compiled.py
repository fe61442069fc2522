"""Hands in compiled code that says it needs no comparison with the teacher's source.

flag: left out
"""
# %% file __pycache__/checks.cpython-311.pyc
not really compiled: that it is left out is what counts
# %% file checks.so
neither
