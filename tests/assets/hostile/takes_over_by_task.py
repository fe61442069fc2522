"""Asks its own task for the stack, and replaces what answers.

flag: .
ends: protocol forbidden crash
"""
# %% answer
import asyncio
class Deaf:
    def before(self, number, *, trusted): return []
    async def watch(self, running, *, trusted): return await running
    def after(self, number, result, *, trusted): return []
await asyncio.sleep(0)
for task in asyncio.all_tasks():
    for frame in task.get_stack():
        while frame is not None:
            one = frame.f_locals.get("self")
            if hasattr(one, "_guard") and hasattr(one, "_transcript"):
                one._guard = Deaf()
                one._reply = lambda result, error: None
                one._transcript.close = lambda: []
            frame = frame.f_back
def answer(n):
    return None
