"""The folders of our state in which files pile up: where they are, and what of it is old."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from courseops.adapters.folders import remove_unless_held
from courseops.adapters.locks import FileLocks
from courseops.errors import CourseOpsError

_MEGABYTE = 1_000_000


class StateFolders:
    """Those in the folder `state`; what is missing has nothing to be cleared."""

    def __init__(self, state: Path) -> None:
        self.logs = state / "logs"
        self.reports = state / "reports"
        self.staging = state / "staging"
        self.locks = state / "locks"

    def clear_logs(self, before: datetime) -> str:
        """Remove the logs of runs that nothing was added to since."""
        return _remove(self.logs.glob("*.jsonl"), before)

    def clear_reports(self, before: datetime) -> str:
        """Remove reports that were written before."""
        return _remove(self.reports.glob("usage-*.html"), before)

    def clear_staging(self, before: datetime) -> str:
        """Remove what killed processes left behind before."""
        left = [it for it in _entries(self.staging) if _is_older(it, before)]
        removed = [it for it in left if it.is_dir() and remove_unless_held(it)]
        return f"{len(removed)} folders removed"

    def clear_locks(self, before: datetime) -> str:
        """Remove the files of locks that nobody has held since."""
        return f"{FileLocks(self.locks).clear(before)} files removed"


def _remove(paths: Iterable[Path], before: datetime) -> str:
    count = size_bytes = 0
    try:
        for path in paths:
            if _is_older(path, before):
                size_bytes += path.lstat().st_size
                path.unlink()
                count += 1
    except OSError as error:
        raise CourseOpsError(
            f"cannot remove {error.filename}: {error.strerror}",
            hint="let courseops write to its state folder, and to all that is in it",
        ) from error
    return f"{count} files removed, {size_bytes / _MEGABYTE:.1f} MB"


def _entries(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):
        return [Path(it) for it in os.scandir(folder)]
    return []


def _is_older(path: Path, before: datetime) -> bool:
    try:
        return path.lstat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False
