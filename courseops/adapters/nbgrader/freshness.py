"""Whether a course is as it was: by when its gradebook and folders were last written to.

nbgrader replaces a learner's work by a new folder, and so do we; SQLite writes to its files. What
is changed in place within a learner's work is not seen: whoever goes by this looks again now and
then all the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from courseops.adapters.nbgrader.layout import Layout

# The folders in which a learner has one of their own.
_STEPS = ("submitted", "autograded")
# A database of SQLite's, and what is not yet part of it.
_PARTS = ("", "-wal", "-journal")
_SQLITE = "sqlite:///"
_USUAL = "{nbgrader_step}/{student_id}/{assignment_id}"

State = tuple[object, ...]


def state_of(layout: Layout, course_id: str) -> State | None:
    """Give what changes when a course does; None where it cannot be told so."""
    if not layout.db_url.startswith(_SQLITE) or layout.structure != _USUAL:
        return None
    path = layout.db_url.removeprefix(_SQLITE).partition("?")[0]
    gradebook = str(Path(layout.root, path))
    above = (layout.folder("source", ""), f"{layout.exchange}/{course_id}/outbound")
    return (
        *(_written(f"{gradebook}{ending}") for ending in _PARTS),
        *(_written(it) for it in above),
        *(hash(tuple(_learners(os.path.join(layout.root, layout.steps[it])))) for it in _STEPS),  # noqa: PTH118
    )


def _learners(folder: str) -> Iterator[object]:
    yield _written(folder)
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 -- of thousands
    except OSError:
        return
    for name in names:
        yield name, _written(f"{folder}/{name}")


def _written(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 -- of thousands
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
