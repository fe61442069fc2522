"""The command line: parse, call one action, print, exit; one module per noun."""

import gc

# A command is over before Python's collector of reference cycles finds anything worth the search;
# searching through what is imported takes a third of a command's start.
gc.set_threshold(100_000, 20, 20)
