"""Has a child process write into the memory of its parent.

ends: forbidden crash
may-live: yes
forbidden: reached the memory
"""
# %% answer
import os, subprocess, sys
code = f"open('/proc/{os.getpid()}/mem', 'r+b'); print('reached the memory')"
print(subprocess.run([sys.executable, "-c", code], capture_output=True).stdout)
