"""Fills the disk.

may-live: yes
fills: yes
ends: crash timeout cpu memory
"""
# %% answer
number = 0
while True:
    number += 1
    with open(f"big{number}", "wb") as file:
        for _ in range(6):
            file.write(bytes(1 << 20))
