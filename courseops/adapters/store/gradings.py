"""What went into each grade, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import gradings
from courseops.model.assignments.graded import GradedWork


class SqlGradings:
    """One row a submission that has a grade: what was graded, when, and what it cost."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def digests(self, course_id: str, name: str) -> dict[str, str]:
        """Give the digest of what was graded last, by learner."""
        wanted = select(gradings.c.learner, gradings.c.digest).where(
            gradings.c.course_id == course_id, gradings.c.assignment == name
        )
        with self._database.reading() as connection:
            return {row.learner: row.digest for row in connection.execute(wanted)}

    def keep(self, course_id: str, name: str, works: Sequence[GradedWork], at: datetime) -> None:
        """Keep, all or none, what went into these grades and what it cost."""
        if not works:
            return
        rows = [
            {
                "course_id": course_id,
                "assignment": name,
                "learner": work.learner,
                "digest": work.digest,
                "graded_at": at,
                **vars(work.use),
            }
            for work in works
        ]
        keys = ("course_id", "assignment", "learner")
        adding = self._database.insert(gradings)
        renewed = {
            column.name: adding.excluded[column.name]
            for column in gradings.columns
            if column.name not in keys
        }
        with self._database.writing() as connection:
            connection.execute(
                adding.on_conflict_do_update(index_elements=list(keys), set_=renewed), rows
            )
