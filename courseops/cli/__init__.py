"""The command line: parse, call one action, print, exit; one module per noun."""
