"""Profiles and traces what runs, in the tests.

flag: profiled|traced
"""
# %% answer
import sys, threading
sys.setprofile(lambda *a: None)
threading.setprofile(lambda *a: None)
