"""What every source of rosters asks of people: a usable name, and each of them once."""

from __future__ import annotations

import re

from courseops.model.roster import Enrolment

# Narrower than the hub's own rule on purpose: such a name is the same in a folder, a group
# and a gradebook, and '+' separates the parts of a submission's name in nbgrader's exchange.
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def fault_of_username(name: str) -> str:
    """Say why `name` can be no username, whatever its case; "" for one that can."""
    if not name:
        return "is empty"
    if not _USERNAME.fullmatch(name.lower()):
        return f"{name!r} can be no username (letters, digits and . _ @ - only)"
    return ""


class Register:
    """
    Everyone that one source names, in its order, each once.

    Whoever is named twice in the same words is a warning; a name or an id that two people
    share is a problem, and a source with problems has no roster.
    """

    def __init__(self) -> None:
        self._entered: dict[str, tuple[str, Enrolment]] = {}
        self._holders: dict[str, str] = {}
        self.problems: list[str] = []
        self.warnings: list[str] = []

    @property
    def enrolments(self) -> tuple[Enrolment, ...]:
        """Give everyone entered so far."""
        return tuple(enrolment for _, enrolment in self._entered.values())

    def enter(self, where: str, enrolment: Enrolment) -> None:
        """Enter someone whom the source names at `where` (a line, an entry)."""
        person = enrolment.person
        first_where, first = self._entered.setdefault(person.username, (where, enrolment))
        if first is enrolment:
            self._claim_id(where, enrolment)
        elif first == enrolment:
            self.warnings.append(
                f"{where}: {person.username} again, as on {first_where}; read once"
            )
        else:
            self.problems.append(f"{where}: {person.username} again, but not as on {first_where}")

    def _claim_id(self, where: str, enrolment: Enrolment) -> None:
        person = enrolment.person
        other = self._holders.setdefault(person.id, person.username)
        if other != person.username:
            self.problems.append(
                f"{where}: {person.username} has the number {person.id} of {other}"
            )
