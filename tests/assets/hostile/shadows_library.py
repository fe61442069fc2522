"""Hands in modules under the names of the library's, which the warm process has long imported.
"""
# %% file random.py
raise SystemExit("shadowed")
# %% file asyncio.py
raise SystemExit("shadowed")
# %% file sitecustomize.py
raise SystemExit("shadowed")
# %% file x.pth
import os; os._exit(9)
# %% file .ipython/profile_default/startup/00-cheat.py
import builtins
builtins.sum = lambda *a: 4
# %% file .ipython/profile_default/ipython_config.py
c.InteractiveShellApp.exec_lines = ["answer = lambda n: 2 * n"]
# %% file .jupyter/jupyter_config.py
raise SystemExit
