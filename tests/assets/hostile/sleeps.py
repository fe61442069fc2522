"""Sleeps longer than a cell may.
"""
# %% answer
import time
time.sleep(60)
