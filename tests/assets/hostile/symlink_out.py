"""Reaches out of its folder by a link, and by a hard link.

harm: reads
"""
# %% answer
import os
os.symlink("@GRADEBOOK@", "innocent.txt")
try:
    os.link("@GRADEBOOK@", "hard.txt")
except OSError as error:
    print(error.errno)
print(open("innocent.txt").read())
