"""Fills memory.

ends: memory crash
may-live: yes
"""
# %% answer
hoard = []
while True:
    hoard.append(bytearray(1 << 26))
