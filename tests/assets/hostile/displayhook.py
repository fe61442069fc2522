"""Shows points in the place of a value.

flag: displayhook
"""
# %% answer
import sys
shell = get_ipython()
class Hook:
    def __call__(self, value):
        display({"text/plain": "4.0"}, raw=True)
sys.displayhook = Hook()
shell.displayhook = Hook()
type(get_ipython().displayhook).__call__ = lambda self, value: None
