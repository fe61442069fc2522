"""Announces frames without end on every descriptor.

ends: protocol forbidden crash timeout cpu
"""
# %% answer
import os, stat
while True:
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.set_blocking(number, False)
                os.write(number, b"\xff" * 4096)
        except OSError:
            pass
