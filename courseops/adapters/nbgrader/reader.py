"""Read a gradebook and the folders beside it without starting nbgrader.

nbgrader needs a second to start and a query an object; a class of 1,500 is read here with a
few statements in a fraction of that. The answers are those of nbgrader's own
`NbGraderAPI.get_assignments` and `api.SubmittedAssignment`; nothing is ever written, and an
SQLite file that is locked is waited for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from courseops.adapters.nbgrader import totals
from courseops.adapters.nbgrader.layout import Layout, read_stamp
from courseops.adapters.nbgrader.moments import read_moment
from courseops.adapters.nbgrader.scoring import aware, late_seconds, scores_on
from courseops.adapters.nbgrader.tables import student
from courseops.errors import CourseOpsError
from courseops.model.assignment import Assignment, State
from courseops.model.collection import Submission
from courseops.model.grade import Score
from courseops.model.roster import Person

_BUSY_TIMEOUT_SECONDS = 60.0


class UnusualError(CourseOpsError):
    """This gradebook cannot be read so; nbgrader itself should be asked."""


class GradebookReader:
    """Reads one course, `layout` says where from."""

    def __init__(self, course_id: str, layout: Layout) -> None:
        self._course_id = course_id
        self._layout = layout
        self._engine = _open(layout)

    def students(self) -> dict[str, Person]:
        """Give the students by the only id of theirs that nbgrader knows."""
        with self._connect() as connection:
            rows = connection.execute(select(student)).all()
        return {
            row.id: Person(
                id=row.id,
                username=row.id,
                given_name=row.first_name or "",
                family_name=row.last_name or "",
                email=row.email or "",
            )
            for row in rows
        }

    def assignments(self, name: str = "") -> list[Assignment]:
        """
        List the assignments that have a source, by deadline, then name; or only one of them.

        Raises:
            UnusualError: what is released cannot be seen from here.
        """
        if not self._layout.plain:
            raise UnusualError("the exchange is not nbgrader's folder")
        names = [it for it in self._layout.assignments() if name in ("", it)]
        with self._connect() as connection:
            about = {row.name: row for row in connection.execute(totals.assignments())}
            by_hand = {it[0]: it[1] for it in connection.execute(totals.by_hand(name))}
            found = [
                self._assignment(connection, it, about.get(it), by_hand.get(it, 0)) for it in names
            ]
        # nbgrader sorts by what it writes of the time.
        return sorted(
            found, key=lambda it: (it.due_at.isoformat() if it.due_at else "None", it.name)
        )

    def _assignment(self, connection: Connection, name: str, row: Any, by_hand: int) -> Assignment:
        stamped = connection.execute(totals.submissions(name)).all() if row else []
        graded = [it for it in stamped if self._is_graded(name, it.student_id, it.timestamp)]
        released = self._layout.is_released(self._course_id, name)
        return Assignment(
            name=name,
            state=State.RELEASED if released else State.DRAFT,
            due_at=aware(row.duedate) if row else None,
            max_score=float(row.max_score) if row else 0,
            submitted=len(self._layout.learners("submitted", name)),
            graded=len(graded),
            needs_manual_grade=by_hand,
        )

    def submissions(self, name: str) -> list[Submission]:
        """List the collected work, by learner."""
        with self._connect() as connection:
            rows = {it.student_id: it for it in connection.execute(totals.submissions(name))}
            marked = set(connection.execute(totals.marked(name)).scalars())
            due_at = aware(connection.execute(totals.deadline(name)).scalar_one_or_none())
        graded = set(self._layout.learners("autograded", name))
        found = []
        for learner in self._layout.learners("submitted", name):
            row = rows.get(learner)
            stamp = self._stamp(name, learner)
            submitted_at = stamp if isinstance(stamp, datetime) else None
            due = due_at + row.extension if due_at and row and row.extension else due_at
            same = row is not None and _is_same(stamp, row.timestamp)
            found.append(
                Submission(
                    learner=learner,
                    submitted_at=submitted_at,
                    late_seconds=late_seconds(submitted_at, due),
                    graded=learner in graded and same,
                    ever_graded=learner in graded or (row is not None and row.id in marked),
                )
            )
        return found

    def scores(self, name: str = "", learners: Sequence[str] = ()) -> list[Score]:
        """Give the scores of one assignment or of all, of some learners or of all."""
        with self._connect() as connection:
            return scores_on(connection, name, learners)

    def _stamp(self, name: str, learner: str) -> datetime | str | None:
        """Give when the collected work was submitted; text that is no time as text."""
        text = read_stamp(self._layout.folder("submitted", name, learner))
        try:
            return read_moment(text)
        except ValueError:
            return text

    def _is_graded(self, name: str, learner: str, graded_at: datetime | None) -> bool:
        folder = Path(self._layout.folder("autograded", name, learner))
        return folder.is_dir() and _is_same(self._stamp(name, learner), graded_at)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise UnusualError(f"the gradebook cannot be read from here: {error}") from error


def _open(layout: Layout) -> Engine:
    url = make_url(layout.db_url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, poolclass=NullPool)
    if not url.database or url.database.startswith(("file:", ":")) or set(url.query) - {"timeout"}:
        raise UnusualError(f"{layout.db_url} is no plain SQLite file")
    address = f"{Path(layout.root, url.database).absolute().as_uri()}?mode=ro"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_SECONDS)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _is_same(stamp: datetime | str | None, graded_at: datetime | None) -> bool:
    return stamp == aware(graded_at)
