"""A handout as one page to print, and its way onto the disk.

The page is the only place where first passwords can be read once they are forgotten, so it is
its owner's alone from the moment it exists, and written for good before anybody is told.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from courseops.adapters.pages.render import render
from courseops.errors import CourseOpsError
from courseops.model.language import Language
from courseops.model.rosters.handout import Handout

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def as_html(handout: Handout, language: Language) -> str:
    """Give one file that needs nothing else: no script, no font, no picture from elsewhere."""
    return render(f"handouts/{language}.html", handout=handout)


def write_new(text: str, names: Iterable[Path]) -> Path:
    """
    Write a text under the first of `names` that nothing has yet; give which.

    Only its owner may read the file. No link is followed and nothing is overwritten; when this
    returns, the file would survive a power cut.

    Raises:
        CourseOpsError: every name is taken, or it cannot be written; no part of it is left.
    """
    tried = Path()
    for tried in names:
        try:
            descriptor = os.open(tried, _NEW, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise _unwritable(tried, error) from error
        _fill(tried, descriptor, text)
        return tried
    raise CourseOpsError(
        f"there is a file {tried} already, and it is never overwritten",
        hint="name another file with --output",
    )


def _fill(path: Path, descriptor: int, text: str) -> None:
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(descriptor)
        _settle(path.parent)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _settle(folder: Path) -> None:
    """Have the folder remember the name, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> CourseOpsError:
    return CourseOpsError(
        f"cannot write {path}: {error.strerror}",
        hint="name another file with --output; the first passwords still wait",
    )
