"""Writes an answer to every socket before it is asked.

ends: protocol forbidden crash
"""
# %% answer
import os, stat, json
body = json.dumps({"nonce": "0" * 32, "outputs": [], "execution_count": 1, "remarks": []}).encode()
for number in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            os.write(number, len(body).to_bytes(4, "big") + body)
    except OSError:
        pass
