"""Reads the environment for tokens.
"""
# %% answer
import os
print(dict(os.environ))
print(open("/proc/self/environ").read())
for pid in os.listdir("/proc"):
    try:
        print(open(f"/proc/{pid}/environ").read())
    except OSError:
        pass
