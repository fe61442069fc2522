"""The standard streams of a notebook: Python's own, and the descriptors 1 and 2 below them.

As in ipykernel 6 and newer, what subprocesses and C libraries write to the descriptors joins
what Python writes, each stream has a buffer of its own, and a buffer is sent 0.2 s after its
first byte, before anything is displayed, and at the end of the cell.
https://github.com/ipython/ipykernel/blob/main/ipykernel/iostream.py (OutStream)
"""

from __future__ import annotations

import _thread
import os
import select
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from io import TextIOBase
from threading import RLock
from time import monotonic
from typing import Any

NAMES = ("stdout", "stderr")
_PART_BYTES = 1 << 16
_PARTS_AT_ONCE = 64
_FLUSH_SECONDS = 0.2


class Buffers:
    """What was written and not sent yet, by stream; at most `limit_bytes` of it."""

    def __init__(
        self, deliver: Callable[[str, str], None], *, too_much: Callable[[], None]
    ) -> None:
        self.lock = RLock()
        self._deliver, self._too_much = deliver, too_much
        self._parts: dict[str, list[str]] = {name: [] for name in NAMES}
        self._due: dict[str, float] = {}
        self._size = 0
        self._limit = 0
        self._pipes: dict[int, tuple[str, Any]] = {}
        self._pid = os.getpid()
        # Whose output it is: as in ipykernel, a task keeps the cell that has made it.
        self._cell: ContextVar[int] = ContextVar("cell")
        self._current = 0

    def watch(self) -> None:
        """Put pipes in place of the descriptors 1 and 2, and read them in a thread of ours."""
        self._pid = os.getpid()
        decoder = getincrementaldecoder("utf-8")
        for descriptor, name in enumerate(NAMES, start=1):
            read, write = os.pipe()
            os.dup2(write, descriptor)
            os.close(write)
            os.set_blocking(read, False)
            self._pipes[read] = name, decoder(errors="replace")
        os.register_at_fork(after_in_child=self._be_a_child)
        _thread.start_new_thread(self._read_on, ())

    def open(self, cell: int, limit_bytes: int) -> None:
        """Begin a cell; what is left of the time before it belongs to none."""
        with self.lock:
            self._drain()
            for parts in self._parts.values():
                parts.clear()
            self._due.clear()
            self._size, self._limit, self._current = 0, limit_bytes, cell
            self._cell.set(cell)

    def write(self, name: str, text: str) -> None:
        """Take text that Python code writes."""
        if os.getpid() != self._pid:
            _write_all(NAMES.index(name) + 1, text.encode("utf-8", "backslashreplace"))
            return
        if self._cell.get(self._current) != self._current:
            return
        with self.lock:
            self._drain()
            self._put(name, text)

    def flush(self, names: Iterable[str] = NAMES) -> None:
        """Send what was written."""
        if os.getpid() != self._pid:
            return
        with self.lock:
            self._drain()
            for name in names:
                self._send(name)

    def _put(self, name: str, text: str) -> None:
        now = monotonic()
        for due in sorted((at, it) for it, at in self._due.items() if at <= now):
            self._send(due[1])
        if not text:
            return
        if not self._parts[name]:
            self._due[name] = now + _FLUSH_SECONDS
        self._parts[name].append(text)
        # A character may be four bytes, and a part of one costs as an object.
        self._size += len(text) + 8
        if self._size > self._limit:
            self._too_much()

    def _send(self, name: str) -> None:
        parts = self._parts[name]
        self._due.pop(name, None)
        if parts:
            text = "".join(parts)
            self._size -= len(text) + 8 * len(parts)
            parts.clear()
            self._deliver(name, text)

    def _drain(self) -> None:
        for descriptor, (name, decoder) in self._pipes.items():
            for _ in range(_PARTS_AT_ONCE):
                try:
                    part = os.read(descriptor, _PART_BYTES)
                except (BlockingIOError, OSError):
                    break
                if not part:
                    break
                self._put(name, decoder.decode(part))

    def _read_on(self) -> None:
        poll = select.poll()
        for descriptor in self._pipes:
            poll.register(descriptor, select.POLLIN)
        while poll.poll():
            with self.lock, suppress(ValueError):
                self._drain()

    def _be_a_child(self) -> None:
        self.lock = RLock()
        for descriptor in self._pipes:
            with suppress(OSError):
                os.close(descriptor)
        self._pipes = {}


class Stream(TextIOBase):
    """`sys.stdout` or `sys.stderr` of a notebook."""

    encoding = "UTF-8"
    errors = None

    def __init__(self, buffers: Buffers, name: str, *, null: int) -> None:
        """Say `null` as the descriptor of the file: as with ipykernel, nothing is shown of it."""
        self._buffers, self._null = buffers, null
        self.name = name

    def write(self, string: str) -> int:
        """Write text."""
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string)}")
        self._buffers.write(self.name, string)
        return len(string)

    def writelines(self, sequence: Iterable[str]) -> None:  # type: ignore[override]
        """Write one text after the other."""
        for string in sequence:
            self.write(string)

    def flush(self) -> None:
        """Send what was written so far as an output of its own."""
        self._buffers.flush((self.name,))

    def isatty(self) -> bool:
        """Say that nobody types here."""
        return False

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def fileno(self) -> int:
        """Give a descriptor for those who want one."""
        return self._null

    def set_parent(self, parent: Any) -> None:
        """Do nothing: whose output it is, is known."""


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
