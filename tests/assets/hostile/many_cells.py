"""Hands in thousands of cells.
"""
# %% twist
import copy
one = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None}
for number in range(600):
    notebook["cells"].insert(0, {**one, "metadata": {}, "id": f"n{number}"})
