"""Opens the gradebook by its path.

harm: reads
"""
# %% answer
print(open("@GRADEBOOK@").read())
