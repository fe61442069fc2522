"""What a child process of ours does first: keep its pipes to itself, load what it works with.

What nbgrader, its kernels and learners' code print must not get between our answers, and what
they start must not inherit the pipes.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from types import ModuleType
from typing import BinaryIO


def take_the_pipes() -> tuple[BinaryIO, BinaryIO]:
    """
    Move the two pipes to descriptors of our own, which kernels do not inherit; give both.

    Standard input becomes empty and standard output becomes the log.
    """
    coming, going = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return os.fdopen(coming, "rb"), os.fdopen(going, "wb")


def load_for_good(name: str) -> ModuleType:
    """Import a module that stays to the end, which takes a second where it is nbgrader."""
    if name not in sys.modules:
        # Nothing of what is loaded goes again; looking for what could takes its time.
        gc.disable()
        importlib.import_module(name)
        gc.freeze()
        gc.enable()
    return sys.modules[name]
