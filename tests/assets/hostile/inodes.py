"""Makes files without end.

ends: timeout cpu
may-live: yes
fills: yes
"""
# %% answer
number = 0
while True:
    number += 1
    open(f"{number}", "w").close()
