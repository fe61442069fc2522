"""Brings a library of its own in machine code.

flag: machine code
"""
# %% answer
import _json, importlib.machinery, importlib.util, shutil
shutil.copy(_json.__file__, "own.so")
loader = importlib.machinery.ExtensionFileLoader("_json", "./own.so")
spec = importlib.util.spec_from_file_location("_json", "./own.so", loader=loader)
module = importlib.util.module_from_spec(spec)
def answer(n):
    return None
