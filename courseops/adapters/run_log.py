"""What was said during each run of a job: a file a run, a JSON document a line, up to a limit.

It is for whoever asks why a run went as it did; the record of runs and outcomes is elsewhere.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from courseops.adapters.folders import make_private

LIMIT_BYTES = 2_000_000
_CUT = '{"action": "log", "event": "the log is full, and what follows is not kept"}\n'


class RunLog:
    """The log of one run, `RUN.jsonl` in a folder of ours."""

    def __init__(self, folder: Path, run_id: str, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = folder / f"{run_id}.jsonl"
        self._limit_bytes = limit_bytes
        self._alone = threading.Lock()

    def keep(self, line: str) -> None:
        """Keep one line; a disk that is full stops nobody's work."""
        # A run that is taken over goes on where the first one stopped.
        with self._alone, suppress(OSError):
            make_private(self.path.parent)
            with open(
                self.path, "a", encoding="utf-8", errors="backslashreplace", opener=_private
            ) as file:
                if file.tell() >= self._limit_bytes:
                    return
                file.write(f"{line}\n")
                if file.tell() >= self._limit_bytes:
                    file.write(_CUT)

    def lines(self) -> list[dict[str, Any]]:
        """Give what was kept, oldest first; none where nothing was, or on another machine."""
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                return [line for text in file for line in _read(text)]
        except OSError:
            return []


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _read(text: str) -> Iterator[dict[str, Any]]:
    # A process that was killed may have left half a line.
    with suppress(ValueError):
        yield json.loads(text)
