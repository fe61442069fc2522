"""Gives the notebook another table of builtins altogether.

flag: __builtins__
"""
# %% answer
import types, builtins
mine = types.ModuleType("builtins")
vars(mine).update(vars(builtins))
mine.sum = lambda *a: 4.0
__builtins__ = mine
get_ipython().user_ns["__builtins__"] = mine
get_ipython().user_global_ns["__builtins__"] = vars(mine)
