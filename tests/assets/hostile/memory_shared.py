"""Fills memory that belongs to no process.

ends: memory crash
may-live: yes
"""
# %% answer
import os
with open("/dev/shm/hoard", "wb") as file:
    while True:
        file.write(bytes(1 << 20))
