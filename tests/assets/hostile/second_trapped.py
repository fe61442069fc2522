"""Lays a module in scratch for the second notebook, and fills the folder first.
"""
# %% answer
open("math.py", "w").write("pi = 3\n")
open("checks.py", "a").write("")
open("sitecustomize.py", "w").write("raise SystemExit(9)\n")
open("usercustomize.py", "w").write("raise SystemExit(9)\n")
open("IPython.py", "w").write("raise SystemExit(9)\n")
open("json.py", "w").write("raise SystemExit(9)\n")
open("asyncio.py", "w").write("raise SystemExit(9)\n")
