"""Reads the hidden test through the frame that a signal hands over.

flag: frame|signal
"""
# %% answer
import signal
seen = []
signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(frame.f_back))
def answer(n):
    signal.raise_signal(signal.SIGUSR1)
    frame = seen.pop()
    return None
