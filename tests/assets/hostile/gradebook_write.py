"""Writes points into the gradebook.

harm: writes
"""
# %% answer
open("@GRADEBOOK@", "w").write("forged")
