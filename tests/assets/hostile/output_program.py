"""Has a program write without end.

ends: output
"""
# %% answer
import os
os.system("yes")
