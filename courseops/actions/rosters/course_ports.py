"""What the roster actions are handed: one course and all that they read from and write to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from courseops.actions.aside import Aside
from courseops.errors import CourseOpsError
from courseops.model.hub import HubUser
from courseops.model.roster import Enrolment, Person, Roster
from courseops.model.rosters.guard import Limits
from courseops.model.rosters.plan import Existing, Plan, spell_plan
from courseops.ports.accounts import Credentials, FirstPasswords
from courseops.ports.course import Gradebook
from courseops.ports.hub import Hub
from courseops.ports.notices import Notifier
from courseops.ports.records import Enrolments, Plans
from courseops.ports.rosters import RosterSource


@dataclass(frozen=True, kw_only=True)
class PasswordPorts:
    """Where a hub keeps passwords, and where first ones wait to be handed out."""

    credentials: Credentials
    first: FirstPasswords


@dataclass(frozen=True, kw_only=True)
class CoursePorts:
    """
    What the roster actions read from and write to, for one course.

    `passwords` is None for a hub that keeps none, `notifier` where nobody is to be told. With
    `section_groups` each section has a hub group. `neighbours` are the hub's other courses,
    `site` is the school's name, as people are told it, and `accounts` how people log in at the
    hub, where that is configured.
    """

    course_id: str
    source: RosterSource
    hub: Hub
    gradebook: Gradebook | None
    enrolments: Enrolments
    plans: Plans
    limits: Limits
    notifier: Notifier | None = None
    passwords: PasswordPorts | None = None
    protected: frozenset[str] = frozenset()
    section_groups: bool = False
    neighbours: tuple[str, ...] = ()
    site: str = ""
    accounts: str | None = None

    @property
    def scope(self) -> str:
        """Name the course as runs and locks do."""
        return f"course/{self.course_id}"

    def read(self) -> tuple[Roster, Existing]:
        """
        Read the roster, and what there is now on the hub, in the gradebook and in our record.

        Raises:
            CourseOpsError: the roster cannot be read whole, or something does not answer.
        """
        return self._read(self.source.read)

    def existing(self) -> Existing:
        """Read what there is now, whatever the roster says."""
        nobody = Roster(course_id=self.course_id, source="nobody", enrolments=())
        return self._read(lambda: nobody)[1]

    def keep(self, plan: Plan, at: datetime) -> None:
        """Keep a plan, so that it can be asked for by its fingerprint."""
        self.plans.keep(plan.fingerprint, self.scope, spell_plan(plan), at)

    def _read(self, read_roster: Callable[[], Roster]) -> tuple[Roster, Existing]:
        aside = Aside(lambda: (read_roster(), tuple(self.enrolments.active(self.course_id))))
        try:
            users, groups = self.hub.users(), self.hub.groups()
        except CourseOpsError:
            aside.result()  # what is wrong with a list is its owner's to mend, and said first
            raise
        desired, managed = aside.result()
        return desired, self._existing(desired, managed, users, groups)

    def _existing(
        self,
        desired: Roster,
        managed: tuple[Enrolment, ...],
        users: Sequence[HubUser],
        groups: Mapping[str, frozenset[str]],
    ) -> Existing:
        names = frozenset(user.name for user in users)
        admins = {user.name for user in users if user.admin}
        known = {enrolment.person.username for enrolment in managed}
        new = {enrolment.person.username for enrolment in desired.enrolments} - known
        return Existing(
            hub_users=names,
            groups=groups,
            gradebook=self.gradebook.students() if self.gradebook else None,
            credentials=self.passwords.credentials.existing() if self.passwords else None,
            claimed=self._claimed() - names,
            managed=managed,
            ended=tuple(self.enrolments.ended(self.course_id)),
            neighbours=tuple(self._neighbours(new)),
            protected=self.protected | admins,
        )

    def _neighbours(self, usernames: set[str]) -> list[Person]:
        asked = usernames and self.neighbours
        return self.enrolments.people_called(usernames, self.neighbours) if asked else []

    def _claimed(self) -> frozenset[str]:
        """Name who has a password that is not from us, and may be no user of the hub."""
        if self.passwords is None:
            return frozenset()
        ours = self.passwords.first.waiting(self.course_id).keys()
        return self.passwords.credentials.claimed() - ours

    def waiting_passwords(self) -> int:
        """Count the first passwords of the course that wait to be handed out."""
        return len(self.passwords.first.waiting(self.course_id)) if self.passwords else 0
