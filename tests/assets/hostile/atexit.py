"""Waits for the end of Python, and of its objects, to do its acts.
"""
# %% answer
import atexit, weakref
class Bomb:
    def __del__(self):
        print("4.0")
bomb = Bomb()
atexit.register(lambda: open("p1.ipynb", "w").write("{}"))
get_ipython().atexit_operations = lambda: None
