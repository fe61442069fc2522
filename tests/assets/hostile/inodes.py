"""Makes files without end.

may-live: yes
ends: timeout cpu
"""
# %% answer
number = 0
while True:
    number += 1
    open(f"{number}", "w").close()
