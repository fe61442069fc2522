"""Keeps the text of the instructor's cells out of the learner's sight.

A trusted cell leaves nothing in the history, in `In`, in the results or in the memory of
lines that tracebacks are made from; while one is formatted, its text is there, so that the
traceback is the same as with a stock kernel.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Secret:
    """The text of the trusted cell that runs, if one does, and which cells have been trusted."""

    def __init__(self) -> None:
        self.active = False
        self.source = ""
        self.names: set[str] = set()
        self._lines: dict[str, Any] = {}

    def keep(self, name: str, entry: Any) -> None:
        """Remember the lines of a trusted cell by the name of its code."""
        self._lines[name] = entry
        self.names.add(name)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Let tracebacks show the text of trusted cells."""
        if not self._lines:
            yield
            return
        linecache.cache.update(self._lines)
        try:
            yield
        finally:
            for name in self._lines:
                linecache.cache.pop(name, None)
            _empty_caches()

    def forget(self, shell: Any, result: Any) -> None:
        """Wipe what the shell knows of the trusted cell that has just ended."""
        self._lines.clear()
        self.source = ""
        if result is not None and result.info is not None:
            result.info.raw_cell = result.info.transformed_cell = ""
        for error in (getattr(result, "error_in_exec", None),):
            if error is not None:
                error.__traceback__ = None
        shell._last_traceback = None
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            with suppress(AttributeError):
                delattr(sys, name)
        for tb in (shell.InteractiveTB, shell.SyntaxTB):
            for name in ("tb", "etype", "value"):
                with suppress(AttributeError):
                    delattr(tb, name)


def _empty_caches() -> None:
    """Empty what `executing` and `stack_data` remember of the text of files."""
    for module in map(sys.modules.get, ("executing.executing", "stack_data.core")):
        places: list[Any] = [vars(module)] if module else []
        places += map(vars, getattr(getattr(module, "Source", None), "__mro__", ())[:-1])
        for place in places:
            for name, value in list(place.items()):
                if "cache" in name and isinstance(value, dict):
                    value.clear()
                elif callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()
