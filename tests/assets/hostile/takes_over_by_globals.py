"""Reaches our modules through the globals of our functions, and replaces their names.

flag: .
ends: protocol forbidden crash
"""
# %% answer
import sys
for function in (sys.stdout.write, get_ipython().showtraceback, get_ipython().displayhook.session.send):
    space = getattr(function, "__func__", function).__globals__
    for name in ("json_clean", "Secret", "_SECRET", "suppress", "dumps"):
        if name in space:
            space[name] = None
    space["isinstance"] = lambda *a: True
    space["len"] = lambda *a: 0
def answer(n):
    return None
