"""Closes every descriptor that it did not open.

ends: forbidden protocol crash timeout
"""
# %% answer
import os
os.closerange(3, 64)
