"""Replaces how errors are shown, in the shell and in its class.

flag: showtraceback
"""
# %% answer
shell = get_ipython()
shell.showtraceback = lambda *a, **k: None
type(shell).showtraceback = lambda *a, **k: None
type(shell)._showtraceback = lambda *a, **k: None
