"""The roster of a workshop: numbered seats, for people whom nobody has a list of."""

from __future__ import annotations

from courseops.errors import CourseOpsError
from courseops.model.roster import Enrolment, Person, Roster
from courseops.model.rosters.identity import Naming
from courseops.model.rosters.usernames import UsernameRule


class SeatRoster:
    """A number of seats, seat01 to seat40 if they are forty."""

    def __init__(
        self,
        *,
        course_id: str,
        seats: int,
        seat_name: str = "seat",
        rule: UsernameRule | None = None,
    ) -> None:
        self._course_id = course_id
        width = len(str(seats))
        self._names = [f"{seat_name.lower()}{n:0{width}}" for n in range(1, seats + 1)]
        self._naming = Naming(rule or UsernameRule())

    def read(self) -> Roster:
        """
        Give every seat, as a learner without a name.

        Raises:
            CourseOpsError: the hub would refuse such usernames.
        """
        people = [self._naming.named(Person(id=name, username=name)) for name in self._names]
        problems = [fault for person in people if (fault := self._naming.fault_of(person))]
        if problems:
            raise CourseOpsError(
                f"the seats of {self._course_id} cannot be used; nothing was changed",
                problems=problems,
                hint=f'name them otherwise in [courses.{self._course_id}.roster]: seat_name = "…"',
            )
        return Roster(
            course_id=self._course_id,
            source=f"seats {self._names[0]} to {self._names[-1]} ({len(people)} people)",
            enrolments=tuple(Enrolment(person=person) for person in people),
        )
