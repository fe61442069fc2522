"""An audit hook that tells our side, over a line of its own, of looks that no solution needs.

https://docs.python.org/3/library/audit_events.html lists what Python tells its hooks. Libraries
look at frames all the time (namedtuple, logging, warnings, pandas): only code of a notebook's
own, or of files that came with it, is told of.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from .frames import pack

# What is only told, and only while a test runs: honest code may do it in its own cells.
_LOOKS = {
    "sys._getframe": "looked at the frames of its callers (sys._getframe)",
    "sys._current_frames": "looked at the frames of all threads (sys._current_frames)",
    "sys._current_exceptions": "looked at the exceptions of all threads",
    "gc.get_objects": "looked through all objects (gc.get_objects)",
    "gc.get_referrers": "looked for who refers to an object (gc.get_referrers)",
    "sys.settrace": "traced what runs (sys.settrace)",
    "sys.setprofile": "profiled what runs (sys.setprofile)",
    "sys.addaudithook": "added an audit hook",
    "code.__new__": "made code of its own (types.CodeType)",
}
_ATTRIBUTES = {"tb_frame", "f_code", "gi_frame", "cr_frame", "ag_frame", "gi_code", "cr_code"}
_MOST_REPORTS = 100


class Watch:
    """The hook and what it knows; `during_trusted` is set while a trusted cell runs."""

    def __init__(self, trusted_names: set[str], descriptor: int) -> None:
        self.during_trusted = False
        self.number = 0
        self._trusted_names = trusted_names
        self._descriptor = descriptor
        self._libraries = (
            *(f"{it}/" for it in {sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr/lib"}),
            "<frozen",
            __file__.rsplit("/", 1)[0] + "/",
        )

    def start(self) -> None:
        """Add the hook, for good."""
        sys.addaudithook(self._hook())

    def _hook(self) -> Callable[[str, tuple[Any, ...]], None]:  # noqa: C901 - one closure
        # All in cells of one closure: no name that could be replaced is looked up later.
        watch, looks, attributes = self, dict(_LOOKS), frozenset(_ATTRIBUTES)
        getframe, write, spell = sys._getframe, os.write, pack
        libraries, descriptor, trusted = self._libraries, self._descriptor, self._trusted_names
        busy, left = False, _MOST_REPORTS

        absolute = os.path.abspath

        def is_memory(path: str) -> bool:
            whole = absolute(path)
            return whole.startswith("/proc/") and whole.endswith("/mem")

        def is_own() -> bool:
            """Say whether the nearest code that is not for looking is a notebook's own."""
            frame: FrameType | None = getframe(2)
            while frame is not None and frame.f_code.co_filename.endswith(
                ("/inspect.py", "/traceback.py")
            ):
                frame = frame.f_back
            if frame is None:
                return False
            name = frame.f_code.co_filename
            return name not in trusted and not name.startswith(libraries)

        def tell(saw: str, *, forbidden: bool) -> None:
            nonlocal left
            left -= 1
            if left >= 0 or forbidden:
                saw = f"{saw} while cell {watch.number} ran"
                write(descriptor, spell({"saw": saw, "forbidden": forbidden}))

        def hook(event: str, arguments: tuple[Any, ...]) -> None:  # noqa: C901 - and quick
            nonlocal busy
            if busy:
                return
            saw = ""
            forbidden = False
            if event == "open":
                path = arguments[0]
                if isinstance(path, str) and path.endswith("mem"):
                    forbidden = is_memory(path)
                    saw = "opened the memory of a process" if forbidden else ""
            elif watch.during_trusted:
                if event == "object.__getattr__":
                    if arguments[1] in attributes:
                        saw = f"looked at a frame ({arguments[1]})"
                elif event in looks:
                    saw = looks[event]
                elif event.startswith("ctypes."):
                    saw = f"used {event}"
            if not saw:
                return
            busy = True
            try:
                if forbidden or is_own():
                    tell(saw, forbidden=forbidden)
            finally:
                busy = False

        return hook
