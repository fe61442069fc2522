"""The command line: parse, call one action, print, exit; one module per noun.

A command lasts for seconds, half of one to start: what would look at everything that was just
loaded, time and again, for nothing, is told not to before anything else is loaded.
"""

import gc
import os

# By default Python's collector looks for cycles after each 700 new objects.
gc.set_threshold(50_000)
# Looking for plugins reads what every installed package says of itself:
# https://docs.pydantic.dev/latest/concepts/plugins/#disable-plugins
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
