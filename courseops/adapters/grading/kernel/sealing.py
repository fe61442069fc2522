"""Knows our own machinery as it was before learners' code ran, and says what was replaced since.

All of it is reachable from the learner's code, as everything in one Python process is: through
the frames of callers, the methods of what the shell holds, `object.__subclasses__()`. So what
is compared lies in the cells of a closure, which is called from an audit hook that nobody can
remove.
"""

from __future__ import annotations

import json.decoder
import json.encoder
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import FunctionType, ModuleType
from typing import Any

# What changes while cells run; anything else that an object of ours holds stays what it is.
_CHANGING = (str, bytes, int, float, list, dict, set, type(None))
# Methods of the loop between whose two ends an answer passes; others patch the rest of it.
_OF_LOOP = ("sock_recv", "sock_sendall", "_sock_recv", "_sock_sendall", "create_task")
_ANYTHING: Any = object()
_MISSING: Any = object()
_OF_JSON = (json, json.decoder, json.encoder)

Part = tuple[str, Mapping[str, Any], dict[str, Any], bool, bool]


def opaque(function: Callable[..., Any]) -> Callable[..., Any]:
    """
    Wrap a function so that nothing that can be read off the wrapper leads to it.

    A cache of no size calls it each time, and is written in C.
    """
    hidden = lru_cache(maxsize=0)(function)
    hidden.__dict__.clear()
    return hidden


def seal(
    modules: Iterable[ModuleType], objects: Iterable[Any], loop: Any
) -> Callable[[], tuple[str, bool]]:
    """
    Give a function that names what was replaced, and says whether it was ours.

    It names nothing where all is as it was. Python's own parts are those that answers pass
    through: to replace them may be odd, but is nobody's attack for sure.
    """
    parts = (*_own(modules), *map(_object, objects), *_pythons(loop))
    missing, anything, length, noted = _MISSING, _ANYTHING, len, _NOTED_BY_PYTHON

    def look() -> tuple[str, bool]:
        for called, here, known, is_ours, is_whole in parts:
            get = here.get
            if is_whole and length(here) - (noted in here) != length(known):
                return f"changed what {called} holds", True
            for name, value in known.items():
                if value is not anything and get(name, missing) is not value:
                    return f"replaced {called}.{name}", is_ours
        return "", False

    return look


def _own(modules: Iterable[ModuleType]) -> Iterator[Part]:
    for module in modules:
        yield _part(module.__name__.rpartition(".")[2], vars(module))
        for value in list(vars(module).values()):
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if isinstance(value, type):
                yield _part(value.__name__, vars(value))
            elif isinstance(value, FunctionType):
                yield _part(f"{value.__name__}()", vars(value))


def _part(called: str, here: Mapping[str, Any]) -> Part:
    known = {
        name: _ANYTHING if name in _OF_CLASSES or isinstance(value, _CHANGING) else value
        for name, value in here.items()
        if name != _NOTED_BY_PYTHON
    }
    return called, here, known, True, True


# Python itself fills these later.
_OF_CLASSES = frozenset({"__annotations__", "__doc__", "_abc_impl"})
# Where a warning was issued from, it is remembered.
_NOTED_BY_PYTHON = "__warningregistry__"


def _object(one: Any) -> Part:
    return _part(type(one).__name__, vars(one))


def _pythons(loop: Any) -> Iterator[Part]:
    for module in _OF_JSON:
        names = {name: it for name, it in vars(module).items() if callable(it)}
        yield module.__name__, vars(module), names, False, False
    for kind in (json.encoder.JSONEncoder, json.decoder.JSONDecoder):
        yield kind.__name__, vars(kind), dict(vars(kind)), False, False
    for here in (vars(loop), *map(vars, type(loop).__mro__[:-1])):
        names = {name: here.get(name, _MISSING) for name in _OF_LOOP}
        yield "loop", here, names, True, False
