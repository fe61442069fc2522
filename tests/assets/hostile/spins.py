"""Runs for ever and lets nobody interrupt it.

ends: timeout
"""
# %% answer
import time
while True:
    try:
        time.sleep(60)
    except BaseException:
        pass
