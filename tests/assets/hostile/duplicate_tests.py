"""Hands in the test cells twice, the copy without an assertion.

ends: nbgrader
may-live: yes
"""
# %% twist
import copy
for cell in list(notebook["cells"]):
    if cell["metadata"].get("nbgrader", {}).get("grade"):
        again = copy.deepcopy(cell)
        again["source"] = "4.0"
        again["id"] = cell["id"] + "b"
        notebook["cells"].append(again)
