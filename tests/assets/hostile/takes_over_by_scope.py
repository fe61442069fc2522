"""Asks the shell for the names of its callers, and replaces what answers.

flag: .
ends: protocol forbidden crash
"""
# %% answer
class Deaf:
    def before(self, number, *, trusted): return []
    async def watch(self, running, *, trusted): return await running
    def after(self, number, result, *, trusted): return []
for depth in range(1, 40):
    try:
        one = get_ipython().get_local_scope(depth).get("self")
    except ValueError:
        break
    if hasattr(one, "_guard") and hasattr(one, "_transcript"):
        one._guard = Deaf()
        one._reply = lambda result, error: None
        one._transcript.close = lambda: []
def answer(n):
    return None
