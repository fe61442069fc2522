"""Looks through all objects for the machinery.

flag: .
ends: protocol forbidden crash
"""
# %% answer
import gc
class Deaf:
    def before(self, number, *, trusted): return []
    async def watch(self, running, *, trusted): return await running
    def after(self, number, result, *, trusted): return []
for one in gc.get_objects():
    if type(one).__name__ == "_Session" and hasattr(one, "_guard"):
        one._guard = Deaf()
        one._reply = lambda result, error: None
        one._transcript.close = lambda: []
def answer(n):
    return None
