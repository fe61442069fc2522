"""Ends its own process.

ends: crash
"""
# %% answer
import os
os._exit(0)
