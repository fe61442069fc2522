"""Nests metadata a thousand deep, and names cells and attachments as paths.
"""
# %% twist
deep = {}
for _ in range(400):
    deep = {"x": deep}
notebook["metadata"]["deep"] = deep
notebook["cells"][0]["attachments"] = {"../../x.png": {"image/png": "AAAA"}}
notebook["cells"][0]["id"] = "a"
