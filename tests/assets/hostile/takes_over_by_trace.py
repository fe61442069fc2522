"""Traces what runs and climbs from a callee's frame, within its own cell.

flag: .
ends: protocol forbidden crash
"""
# %% answer
import sys
class Deaf:
    def before(self, number, *, trusted): return []
    async def watch(self, running, *, trusted): return await running
    def after(self, number, result, *, trusted): return []
def climb(frame, event, arg):
    while frame is not None:
        one = frame.f_locals.get("self")
        if hasattr(one, "_guard") and hasattr(one, "_transcript"):
            one._guard = Deaf()
            one._reply = lambda result, error: None
            one._transcript.close = lambda: []
        frame = frame.f_back
def answer(n):
    return None
sys.settrace(climb)
answer(1)
sys.settrace(None)
