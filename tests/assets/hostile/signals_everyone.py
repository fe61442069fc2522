"""Kills everybody it can name: its parent, process 1, all, its group.

ends: crash memory
may-live: yes
"""
# %% answer
import os, signal
for pid in (os.getppid(), 1, @OWN@):
    try:
        os.kill(pid, signal.SIGKILL)
        print("killed", pid)
    except OSError:
        pass
os.kill(-1, signal.SIGKILL)
os.killpg(0, signal.SIGKILL)
