"""Forks without end.

ends: crash cpu timeout memory
may-live: yes
"""
# %% answer
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
