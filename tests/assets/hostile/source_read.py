"""Reads the solutions in source/.

harm: reads
"""
# %% answer
import glob
for path in glob.glob("@COURSE@/**", recursive=True):
    try:
        print(path, open(path).read())
    except (OSError, ValueError):
        pass
