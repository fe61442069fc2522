"""Inside the child: extensions, and copies of the gradebook before it is written to."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from courseops.adapters.nbgrader.inside.merging import write_gradebook
from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError
from courseops.adapters.nbgrader.tables import assignment, submitted_assignment

_KEPT = 5
_BUSY_TIMEOUT_SECONDS = 60.0


def extend(course: OpenCourse, name: str, learner: str, seconds: float) -> bool:
    """
    Grant a learner an extension, 0 seconds for none; say whether the gradebook could keep it.

    nbgrader keeps it in the row of the submission. A row without work would do harm: formgrader
    shows it as autograded, exports as a submission of 0 points (`NbGraderAPI.get_submissions`,
    `CsvExportPlugin`). So none is made for it.
    """
    table = submitted_assignment
    with write_gradebook(course) as connection:
        wanted = select(assignment.c.id).where(assignment.c.name == name)
        of = connection.execute(wanted).scalar_one_or_none()
        if of is None:
            raise RefusedError("unknown-assignment", f"the gradebook has no assignment {name}")
        changed = connection.execute(
            update(table)
            .where(table.c.assignment_id == of, table.c.student_id == learner)
            .values(extension=timedelta(seconds=seconds) or None)
        )
        connection.commit()
        return changed.rowcount > 0


def save_gradebook(course: OpenCourse, folder: str) -> str:
    """
    Copy an SQLite gradebook into `folder`, which keeps the last five; give the copy's path.

    Other databases are their operator's to back up: then there is no path.
    """
    with course.gradebook() as gradebook:
        url = gradebook.engine.url
    if url.get_backend_name() != "sqlite" or not url.database:
        return ""
    into = Path(folder)
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = into / f"gradebook-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db"
    unfinished = copy.with_suffix(".unfinished")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        _copy(url.database, unfinished)
    except (sqlite3.Error, OSError) as error:
        unfinished.unlink()
        raise RefusedError("gradebook", f"the gradebook could not be copied: {error}") from error
    unfinished.rename(copy)
    for older in sorted(into.glob("gradebook-*.db"))[:-_KEPT]:
        older.unlink()
    return str(copy)


def _copy(database: str, into: Path) -> None:
    with (
        closing(sqlite3.connect(database, timeout=_BUSY_TIMEOUT_SECONDS)) as ours,
        closing(sqlite3.connect(into)) as theirs,
    ):
        ours.backup(theirs)
