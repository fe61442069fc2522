"""They do, they do not decide: one module or folder per outside program."""
