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

from .frames import LINE_CUT, pack, sign
from .sealing import opaque

# What is only told, and only while a test runs: honest code may do it in its own cells.
_LOOKS = {
    "sys._getframe": "looked at the frames of its callers (sys._getframe)",
    "sys._current_frames": "looked at the frames of all threads (sys._current_frames)",
    "sys._current_exceptions": "looked at the exceptions of all threads",
    "sys.addaudithook": "added an audit hook",
    "code.__new__": "made code of its own (types.CodeType)",
}
# What is told at any time: no exercise needs it, and with it all else can be got around.
_REACHES = {
    "gc.get_objects": "looked through all objects (gc.get_objects)",
    "gc.get_referrers": "looked for who refers to an object (gc.get_referrers)",
    "sys.settrace": "traced what runs (sys.settrace)",
    "sys.setprofile": "profiled what runs (sys.setprofile)",
}
# Whoever calls these gets a frame, whosever code they are.
_GIVING_FRAMES = {
    "/inspect.py": (),
    "/traceback.py": ("walk_tb", "walk_stack"),
    "/asyncio/base_tasks.py": (),
    "/asyncio/tasks.py": ("get_stack",),
    "/interactiveshell.py": ("get_local_scope",),
    "/ctypes/__init__.py": (),
}
_ATTRIBUTES = {"tb_frame", "f_code", "gi_frame", "cr_frame", "ag_frame", "gi_code", "cr_code"}
_MOST_REPORTS, _MOST_OF_ALL = 100, 300


class Watch:
    """The hook and what it knows; `during_trusted` is set while a trusted cell runs."""

    def __init__(self, trusted_names: set[str], descriptor: int, key: list[str]) -> None:
        self.during_trusted = False
        self.number = 0
        self.tell: Callable[..., None] = lambda *_, **__: None
        self.begin = opaque(_signed(key.pop(), descriptor))
        self._trusted_names = trusted_names
        self._descriptor = descriptor
        self._libraries = (
            *(f"{it}/" for it in {sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr/lib"}),
            "<frozen",
            __file__.rsplit("/", 1)[0] + "/",
        )

    def is_own_file(self, name: str) -> bool:
        """Say whether code of this file is a learner's."""
        return name not in self._trusted_names and not name.startswith(self._libraries)

    def start(self, look: Callable[[], tuple[str, bool]]) -> Callable[[], None]:
        """
        Add the hook, for good.

        Give a function that tells if `look` finds anything of the machinery replaced; it is
        called with each code of a learner's, too.
        """
        hook, check, tell = self._hook(look)
        self.tell = opaque(tell)
        sys.addaudithook(hook)
        return opaque(check)

    def _hook(  # noqa: C901, PLR0915 - one closure
        self, look: Callable[[], tuple[str, bool]]
    ) -> tuple[Callable[[str, tuple[Any, ...]], None], Callable[[], None], Callable[..., None]]:
        # All in cells of one closure: no name that could be replaced is looked up later.
        watch, looks, reaches, attributes = self, dict(_LOOKS), dict(_REACHES), set(_ATTRIBUTES)
        getframe, write, spell, stat, end = sys._getframe, os.write, pack, os.fstat, os._exit
        libraries, descriptor, trusted = self._libraries, self._descriptor, self._trusted_names
        giving, pid, getpid, code_cut = dict(_GIVING_FRAMES), os.getpid(), os.getpid, LINE_CUT
        busy, left, broken = False, _MOST_REPORTS, False
        ours = stat(descriptor).st_ino
        absolute = os.path.abspath

        def is_memory(path: str) -> bool:
            whole = absolute(path)
            return whole.startswith("/proc/") and whole.endswith("/mem")

        def gives_frames(code: Any) -> bool:
            for file, names in giving.items():
                if code.co_filename.endswith(file):
                    return not names or code.co_name in names
            return False

        def is_own() -> bool:
            """Say whether the nearest code that is not for looking is a notebook's own."""
            frame: FrameType | None = getframe(2)
            while frame is not None and gives_frames(frame.f_code):
                frame = frame.f_back
            if frame is None:
                return False
            name = frame.f_code.co_filename
            return name not in trusted and not name.startswith(libraries)

        def tell(saw: str, *, forbidden: bool = False) -> None:
            nonlocal left
            left -= 1
            if left >= 0 or (forbidden and left > -_MOST_OF_ALL):
                try:
                    same = stat(descriptor).st_ino == ours
                except OSError:
                    same = False
                if not same:
                    end(code_cut)
                saw = f"{saw} while cell {watch.number} ran"
                write(descriptor, spell({"saw": saw, "forbidden": forbidden}))

        def check() -> None:
            nonlocal broken, busy
            if broken:
                return
            what, is_ours = look()
            if what:
                broken, was_busy, busy = True, busy, True
                try:
                    tell(what, forbidden=is_ours)
                finally:
                    busy = was_busy

        def hook(event: str, arguments: tuple[Any, ...]) -> None:  # noqa: C901, PLR0912 - and quick
            nonlocal busy
            if busy:
                return
            saw = ""
            forbidden = certain = False
            if event == "open":
                path = arguments[0]
                if isinstance(path, str) and path.endswith("mem"):
                    forbidden = is_memory(path)
                    saw = "opened the memory of a process" if forbidden else ""
            elif event == "exec":
                code = arguments[0]
                name = getattr(code, "co_filename", "")
                if not name.startswith(libraries) and getpid() == pid:
                    check()
                return
            elif event == "import":
                file = arguments[1]
                if isinstance(file, str) and not absolute(file).startswith(libraries):
                    certain = True
                    saw = f"loaded machine code of its own ({file})"
            elif event in reaches:
                saw = reaches[event]
            elif event.startswith("ctypes."):
                saw = f"used {event}"
            elif event == "object.__setattr__":
                if arguments[1] == "__code__":
                    saw = "replaced the code of a function"
            elif watch.during_trusted:
                if event == "object.__getattr__":
                    if arguments[1] in attributes:
                        saw = f"looked at a frame ({arguments[1]})"
                elif event in looks:
                    saw = looks[event]
            if not saw or getpid() != pid:
                return
            busy = True
            try:
                if forbidden or certain or is_own():
                    tell(saw, forbidden=forbidden)
            finally:
                busy = False

        return hook, check, tell


def _signed(key: str, descriptor: int) -> Callable[[int], None]:
    """Give a function that reports, as only who has the key can, that a test has come to us."""
    write, spell, mark = os.write, pack, sign

    def begin(number: int) -> None:
        write(descriptor, spell({"began": mark(key, number)}))

    return begin
