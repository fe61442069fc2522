"""Replaces how cells are run.

flag: run_cell|run_code|transform
"""
# %% answer
shell = get_ipython()
class Fine:
    error_before_exec = error_in_exec = info = result = None
    success = True
shell.run_cell = lambda *a, **k: Fine()
shell.run_cell_async = lambda *a, **k: Fine()
type(shell).run_code = lambda *a, **k: False
shell.run_ast_nodes = lambda *a, **k: False
