"""Prints what no file can hold, and names that look like others.
"""
# %% answer
print("\ud800 \u202e \x00 \uffff")
display({"text/plain": "\udfff", "application/json": {"\ud800": float("nan")}}, raw=True)
def answer(n):
    raise ValueError("\ud800")
