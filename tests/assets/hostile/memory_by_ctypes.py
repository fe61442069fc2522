"""Writes into the memory of Python itself.

flag: ctypes
ends: crash forbidden
"""
# %% answer
import ctypes
address = id(4) + 24
value = ctypes.c_int.from_address(address)
def answer(n):
    return ctypes.c_int.from_address(id(n) + 24).value
