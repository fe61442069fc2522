"""Pages that are kept in a folder of ours, for whoever looks in there."""

from __future__ import annotations

from pathlib import Path

from courseops.adapters.folders import write_whole
from courseops.errors import CourseOpsError


def keep_page(folder: Path, name: str, text: str) -> Path:
    """
    Keep a page under its name, whole or not at all; an earlier one of that name is replaced.

    Raises:
        CourseOpsError: it cannot be written.
    """
    path = folder / name
    try:
        write_whole(path, text)
    except OSError as error:
        raise CourseOpsError(
            f"cannot write {path}: {error.strerror}", hint=f"see that {folder} can be written to"
        ) from error
    return path
