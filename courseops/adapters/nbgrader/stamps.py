"""Remember what nbgrader said about a course for as long as its configuration is the same.

To learn where a course keeps its gradebook, nbgrader has to be started, which takes a second;
what it said is kept in a small file with the size and the time of change of every file that
nbgrader would have read.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from courseops.adapters.folders import make_private

_FORMAT = 2
# A file that changed this lately may change again within the same tick of its clock.
_SETTLED_NS = 2_000_000_000

_Stamps = dict[str, list[int] | None]


class Stamped:
    """
    One course's description; `path` keeps it between processes, None keeps it in this one.

    `asked` is how the course is opened: a description is only good for the same question.
    """

    def __init__(self, path: Path | None, asked: Mapping[str, Any]) -> None:
        self._path = path
        self._asked = {"format": _FORMAT, "nbgrader": version("nbgrader"), **asked}
        self._kept: dict[str, Any] | None = None

    def recall(self) -> dict[str, Any] | None:
        """Give the description, if no file has changed since."""
        kept = self._kept or self._load()
        if kept is None or _stamp(kept["stamps"]) != kept["stamps"]:
            self._kept = None
            return None
        self._kept = kept
        found: dict[str, Any] = kept["found"]
        return found

    def keep(self, found: dict[str, Any], files: Iterable[str], *, lasting: bool) -> None:
        """Keep a description that rests on `files`; beyond this process only if `lasting`."""
        self._kept = {"asked": self._asked, "stamps": _stamp(files), "found": found}
        settled_ns = time.time_ns() - _SETTLED_NS
        changed = [it[0] for it in self._kept["stamps"].values() if it]
        if self._path is None or not lasting or max(changed, default=0) > settled_ns:
            return
        # Remembering saves time, nothing else: a full disk is no reason to fail.
        with suppress(OSError):
            make_private(self._path.parent)
            unfinished = self._path.with_suffix(f".{os.getpid()}")
            unfinished.write_text(json.dumps(self._kept))
            unfinished.chmod(0o600)
            unfinished.replace(self._path)

    def _load(self) -> dict[str, Any] | None:
        if self._path is None:
            return None
        try:
            kept = json.loads(self._path.read_text())
            if kept["asked"] == self._asked and isinstance(kept["stamps"], dict):
                return {"stamps": kept["stamps"], "found": dict(kept["found"])}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return None


def _stamp(files: Iterable[str]) -> _Stamps:
    return {file: _stamp_of(file) for file in sorted(files)}


def _stamp_of(file: str) -> list[int] | None:
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_size]
