"""Whom courseops enrolled where, in the database: one row a person, course and period."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update

from courseops.adapters.store import tables
from courseops.adapters.store.database import Database
from courseops.model.batches import batches
from courseops.model.roster import Enrolment, Membership, Person, Role

# Databases limit how many values one question may hold.
_NAMES_AT_ONCE = 500
_TABLE = tables.enrolments
_OPEN = _TABLE.c.ended_at.is_(None)
_PERSON = ("username", "given_name", "family_name", "email", "gradebook_id", "lms_id")
# What may change while an enrolment lasts.
_CURRENT = ("role", "section", *_PERSON)
_ENROLMENT = [_TABLE.c[name] for name in ("person_id", *_CURRENT)]


class SqlEnrolments:
    """Enrolments, open and ended."""

    def __init__(self, database: Database) -> None:
        self._database = database
        opened = database.insert(_TABLE)
        self._opened = database.many(
            opened.on_conflict_do_update(
                index_elements=[_TABLE.c.course_id, _TABLE.c.person_id],
                index_where=_OPEN,
                set_={name: opened.excluded[name] for name in _CURRENT},
            ),
            ("course_id", "started_at", "person_id", *_CURRENT),
        )

    def active(self, course_id: str) -> list[Enrolment]:
        """List the open enrolments of a course, by person id."""
        wanted = select(*_ENROLMENT).where(_TABLE.c.course_id == course_id, _OPEN)
        with self._database.reading() as connection:
            found = [_enrolment(row) for row in connection.execute(wanted)]
        # Sorted here, since databases sort text by languages of their own.
        return sorted(found, key=lambda enrolment: enrolment.person.id)

    def memberships(self, course_id: str) -> list[Membership]:
        """List every period of everyone who ever was in a course, by username and start."""
        columns = _TABLE.c
        wanted = select(columns.username, columns.role, columns.started_at, columns.ended_at).where(
            columns.course_id == course_id
        )
        with self._database.reading() as connection:
            rows = connection.execute(wanted).mappings()
            found = [Membership(**dict(row) | {"role": Role(row["role"])}) for row in rows]
        return sorted(found, key=lambda membership: (membership.username, membership.started_at))

    def ended(self, course_id: str) -> list[Enrolment]:
        """List who was in a course and is no longer, as they were last, by person id."""
        wanted = (
            select(*_ENROLMENT)
            .where(_TABLE.c.course_id == course_id, ~_OPEN)
            .order_by(_TABLE.c.ended_at, _TABLE.c.number)
        )
        with self._database.reading() as connection:
            rows = [_enrolment(row) for row in connection.execute(wanted)]
        if not rows:
            return []
        last = {enrolment.person.id: enrolment for enrolment in rows}
        back = {enrolment.person.id for enrolment in self.active(course_id)}
        return [last[person_id] for person_id in sorted(last.keys() - back)]

    def enrolled_in(self, username: str, course_ids: Collection[str]) -> dict[str, Enrolment]:
        """Give the open enrolments of one account in some courses, by course."""
        theirs = (_TABLE.c.username == username) & _TABLE.c.course_id.in_(sorted(course_ids))
        wanted = select(_TABLE.c.course_id, *_ENROLMENT).where(theirs, _OPEN)
        with self._database.reading() as connection:
            return {course: _enrolment(row) for course, *row in connection.execute(wanted)}

    def people_called(
        self, usernames: Collection[str], course_ids: Collection[str]
    ) -> list[Person]:
        """Give whoever is or was in any of the courses under one of these usernames."""
        in_courses = _TABLE.c.course_id.in_(sorted(course_ids))
        found: dict[tuple[str, str], Person] = {}
        with self._database.reading() as connection:
            for some in batches(sorted(usernames), _NAMES_AT_ONCE):
                named = _TABLE.c.username.in_(some)
                wanted = select(*_ENROLMENT).where(in_courses, named).order_by(_TABLE.c.number)
                for row in connection.execute(wanted):
                    person = _enrolment(row).person
                    found[person.username, person.id] = person
        return list(found.values())

    def enrol(self, course_id: str, enrolments: Sequence[Enrolment], at: datetime) -> None:
        """Open enrolments, or bring open ones up to date, all or none; their history stays."""
        if not enrolments:
            return
        opening = {"course_id": course_id, "started_at": at}
        with self._database.writing() as connection:
            self._opened.write(connection, ({**opening, **_words_of(each)} for each in enrolments))

    def drop(self, course_id: str, person_ids: Collection[str], at: datetime) -> None:
        """End enrolments, all or none; the rows stay, with their dates."""
        theirs = (_TABLE.c.course_id == course_id) & (_TABLE.c.person_id == bindparam("whose"))
        ended = update(_TABLE).where(theirs, _OPEN).values(ended_at=at)
        if person_ids:
            with self._database.writing() as connection:
                connection.execute(ended, [{"whose": person_id} for person_id in person_ids])


def _words_of(enrolment: Enrolment) -> dict[str, str]:
    person = dict(vars(enrolment.person))
    return {
        "person_id": person.pop("id"),
        "role": enrolment.role,
        "section": enrolment.section,
        **person,
    }


def _enrolment(row: Sequence[str]) -> Enrolment:
    person_id, role, section, *person = row
    return Enrolment(
        person=Person(id=person_id, **dict(zip(_PERSON, person, strict=True))),
        role=Role(role),
        section=section,
    )
