"""Switches the signal off that ends a cell, and sleeps.

ends: timeout
"""
# %% answer
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
time.sleep(60)
