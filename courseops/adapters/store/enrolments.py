"""Whom courseops enrolled where, in the database: one row a person, course and period."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import RowMapping, select, update

from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import enrolments
from courseops.model.roster import Enrolment, Membership, Person, Role

_OPEN = enrolments.c.ended_at.is_(None)


class SqlEnrolments:
    """Enrolments, open and ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def active(self, course_id: str) -> list[Enrolment]:
        """List the open enrolments of a course, by person id."""
        wanted = select(enrolments).where(enrolments.c.course_id == course_id, _OPEN)
        with self._database.reading() as connection:
            found = [_enrolment(row) for row in connection.execute(wanted).mappings()]
        # Sorted here, since databases sort text by languages of their own.
        return sorted(found, key=lambda enrolment: enrolment.person.id)

    def memberships(self, course_id: str) -> list[Membership]:
        """List every period of everyone who ever was in a course, by username and start."""
        columns = enrolments.c
        wanted = select(columns.username, columns.role, columns.started_at, columns.ended_at).where(
            columns.course_id == course_id
        )
        with self._database.reading() as connection:
            rows = connection.execute(wanted).mappings()
            found = [Membership(**dict(row) | {"role": Role(row["role"])}) for row in rows]
        return sorted(found, key=lambda membership: (membership.username, membership.started_at))

    def enrol(self, course_id: str, enrolment: Enrolment, at: datetime) -> None:
        """Open an enrolment, or bring an open one up to date; its history stays."""
        person = asdict(enrolment.person)
        person_id = person.pop("id")
        current = {"role": enrolment.role, "section": enrolment.section, **person}
        row = {"course_id": course_id, "person_id": person_id, "started_at": at, **current}
        opened = self._database.insert(enrolments).values(row)
        with self._database.writing() as connection:
            connection.execute(
                opened.on_conflict_do_update(
                    index_elements=[enrolments.c.course_id, enrolments.c.person_id],
                    index_where=_OPEN,
                    set_=current,
                )
            )

    def drop(self, course_id: str, person_id: str, at: datetime) -> None:
        """End an enrolment; the row stays, with its dates."""
        theirs = (enrolments.c.course_id == course_id) & (enrolments.c.person_id == person_id)
        with self._database.writing() as connection:
            connection.execute(update(enrolments).where(theirs, _OPEN).values(ended_at=at))


def _enrolment(row: RowMapping) -> Enrolment:
    person = Person(
        id=row["person_id"],
        username=row["username"],
        given_name=row["given_name"],
        family_name=row["family_name"],
        email=row["email"],
    )
    return Enrolment(person=person, role=Role(row["role"]), section=row["section"])
