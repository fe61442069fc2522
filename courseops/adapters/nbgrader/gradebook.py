"""nbgrader's gradebook, as far as the roster is concerned.

Students are added and renamed, never removed: nbgrader's `remove_student` deletes every
submission and grade of theirs (`Gradebook.remove_student` in nbgrader/api.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from courseops.adapters.nbgrader.client import Client, NbgraderRefusedError
from courseops.adapters.nbgrader.look import Look
from courseops.model.roster import Person
from courseops.model.run import Outcome

_TIMEOUT_SECONDS = 120.0


class NbgraderGradebook:
    """The students of one course; `client` holds the course open, `look` reads without it."""

    def __init__(self, client: Client, look: Look) -> None:
        self._client = client
        self._look = look

    def students(self) -> Mapping[str, Person]:
        """Give the students by the only id of theirs that nbgrader knows."""

        def ask() -> dict[str, Person]:
            rows = self._client.ask("list_students", timeout_seconds=_TIMEOUT_SECONDS)
            return {row["username"]: Person(id=row["username"], **row) for row in rows}

        return self._look.at(lambda reader: reader.students(), ask)

    def put_students(self, people: Sequence[Person]) -> list[Outcome]:
        """Add those that are missing, bring names and e-mail of the others up to date."""
        return [self._put(person) for person in people]

    def _put(self, person: Person) -> Outcome:
        try:
            kind = self._client.ask(
                "put_student",
                timeout_seconds=_TIMEOUT_SECONDS,
                username=person.student_id,
                first_name=person.given_name,
                last_name=person.family_name,
                email=person.email,
            )
        except NbgraderRefusedError as error:
            return Outcome.failed(person.username, str(error), kind=error.kind)
        return Outcome.done(person.username, kind=kind)
