"""Leaves a daemon that outlives its notebook.

quiet: yes
"""
# %% answer
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["@TOKEN@", "300"])
    os._exit(0)
os.wait();
