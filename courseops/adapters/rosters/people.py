"""What every source of rosters asks of people: each of them once, and nothing shared by two."""

from __future__ import annotations

from courseops.model.roster import Enrolment
from courseops.model.rosters.identity import Claims


class Register:
    """
    Everyone that one source names, in its order, each once.

    Whoever is named twice in the same words is a warning; a name, an id or an e-mail address
    that two people share is a problem, and a source with problems has no roster.
    """

    def __init__(self) -> None:
        self._entered: dict[str, tuple[str, Enrolment]] = {}
        self._claims = Claims()
        self.problems: list[str] = []
        self.warnings: list[str] = []

    @property
    def enrolments(self) -> tuple[Enrolment, ...]:
        """Give everyone entered so far."""
        return tuple(enrolment for _, enrolment in self._entered.values())

    def enter(self, where: str, enrolment: Enrolment) -> None:
        """Enter someone whom the source names at `where` (a line, an entry)."""
        name = enrolment.person.username
        first_where, first = self._entered.setdefault(name, (where, enrolment))
        if first is enrolment:
            self.problems.extend(
                f"{where}: {name} has the {what} of {holder}"
                for what, holder in self._claims.of(enrolment.person)
            )
        elif first == enrolment:
            self.warnings.append(f"{where}: {name} again, as on {first_where}; read once")
        else:
            self.problems.append(f"{where}: {name} again, but not as on {first_where}")
