"""A gradebook that remembers its students only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from courseops.model.roster import Person
from courseops.model.run import Outcome


class MemoryGradebook:
    """Students by the one id of theirs that a gradebook knows."""

    def __init__(self) -> None:
        self._students: dict[str, Person] = {}

    def students(self) -> Mapping[str, Person]:
        """Give the students by nbgrader id."""
        return dict(self._students)

    def put_students(self, people: Sequence[Person]) -> list[Outcome]:
        """Add those that are missing, bring the others up to date."""
        return [self._put(person) for person in people]

    def _put(self, person: Person) -> Outcome:
        if not person.username:
            return Outcome.failed("", "a student needs a username", kind="invalid-name")
        name = person.student_id
        old = self._students.get(name)
        new = replace(person, id=name, username=name, gradebook_id="", lms_id="")
        self._students[name] = new
        kind = "added" if old is None else "unchanged" if new == old else "updated"
        return Outcome.done(person.username, kind=kind)
