"""Climbs the frames of its own callers up to the machinery, and replaces what answers.

ends: protocol forbidden crash
may-live: yes
"""
# %% answer
import sys
class Deaf:
    def before(self, number, *, trusted): return []
    async def watch(self, running, *, trusted): return await running
    def after(self, number, result, *, trusted): return []
frame = sys._getframe()
while frame is not None:
    one = frame.f_locals.get("self")
    if hasattr(one, "_guard") and hasattr(one, "_transcript"):
        one._guard = Deaf()
        one._reply = lambda result, error: None
        one._transcript.close = lambda: []
    frame = frame.f_back
def answer(n):
    return None
