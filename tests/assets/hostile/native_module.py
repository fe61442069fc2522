"""Brings a library of its own in machine code.

flag: machine code
"""
# %% answer
import importlib.machinery, importlib.util, shutil, _csv, sysconfig, glob, os
place = next(iter(glob.glob(sysconfig.get_path("platstdlib") + "/lib-dynload/_json*.so")))
shutil.copy(place, "own.so")
loader = importlib.machinery.ExtensionFileLoader("_json", "./own.so")
spec = importlib.util.spec_from_file_location("_json", "./own.so", loader=loader)
module = importlib.util.module_from_spec(spec)
