"""What was collected and who has more time, in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from courseops.adapters.history import statements
from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import extensions, manifests
from courseops.model.assignments.candidate import Source
from courseops.model.assignments.manifest import Collected

_NAMES = (
    "learner",
    "folder",
    "source",
    "place",
    "stamp",
    "digest",
    "submitted_at",
    "collected_at",
    "fingerprint",
    "remarks",
)


class SqlCollections:
    """The list of collected submissions, and the extensions that were granted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._adding = database.many(
            database.insert(manifests).on_conflict_do_nothing(),
            ("course_id", "assignment", *_NAMES),
        )

    def collected(self, course_id: str, assignment: str) -> list[Collected]:
        """List everything collected of an assignment, by learner, then time."""
        columns = [manifests.c[name] for name in _NAMES]
        wanted = select(*columns).where(
            manifests.c.course_id == course_id, manifests.c.assignment == assignment
        )
        with self._database.reading() as connection:
            found = [_collected(row) for row in connection.execute(wanted).mappings()]
        return sorted(found, key=lambda it: (it.learner, it.submitted_at, it.folder))

    def collected_of(self, course_id: str, learner: str) -> dict[str, list[Collected]]:
        """List what was collected of one learner in a course, by assignment, then time."""
        theirs = (manifests.c.course_id == course_id) & (manifests.c.learner == learner)
        columns = [manifests.c[name] for name in ("assignment", *_NAMES)]
        wanted = select(*columns).where(theirs)
        found: dict[str, list[Collected]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(wanted).mappings():
                words = {name: row[name] for name in _NAMES}
                found.setdefault(row["assignment"], []).append(_collected(words))
        return {
            name: sorted(found[name], key=lambda it: (it.submitted_at, it.folder))
            for name in sorted(found)
        }

    def add(self, course_id: str, assignment: str, collected: Sequence[Collected]) -> None:
        """Add to the record, all or nothing; what is in it already stays as it is."""
        whose = {"course_id": course_id, "assignment": assignment}
        rows = [{**whose, **vars(it), "remarks": " ".join(it.remarks)} for it in collected]
        if rows:
            with self._database.writing() as connection:
                self._adding.write(connection, rows)

    def extensions(self, course_id: str, assignment: str) -> dict[str, datetime]:
        """Say until when those have who were given more time, by learner."""
        statement, values = statements.extensions(course_id, assignment)
        wanted = text(statement).columns(extensions.c.learner, extensions.c.until_at)
        with self._database.reading() as connection:
            return {row.learner: row.until_at for row in connection.execute(wanted, values)}

    def extend(
        self, course_id: str, assignment: str, learner: str, until: datetime, at: datetime
    ) -> None:
        """Keep until when a learner has; the newest word stands."""
        key = {"course_id": course_id, "assignment": assignment, "learner": learner}
        granted = {"until_at": until, "granted_at": at}
        adding = self._database.insert(extensions).values({**key, **granted})
        with self._database.writing() as connection:
            connection.execute(
                adding.on_conflict_do_update(
                    index_elements=list(extensions.primary_key), set_=granted
                )
            )


def _collected(row: Mapping[str, Any]) -> Collected:
    changed = {"source": Source(row["source"]), "remarks": tuple(row["remarks"].split())}
    return Collected(**dict(row) | changed)
