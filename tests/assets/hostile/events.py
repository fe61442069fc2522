"""Has itself called around each cell.

flag: pre_run_cell|post_run_cell
"""
# %% answer
shell = get_ipython()
shell.events.register("pre_run_cell", lambda info: shell.user_ns.update(answer=lambda n: 2 * n))
shell.events.register("post_run_cell", lambda result: print(result.info.raw_cell))
