"""Replaces the streams, their classes and the descriptors.

flag: stdout|Stream
"""
# %% answer
import sys, os
sys.stdout = sys.stderr = open(os.devnull, "w")
os.dup2(os.open(os.devnull, os.O_RDWR), 1)
