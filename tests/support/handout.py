"""Strips, and what a handout of one course is made with, all in memory."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from courseops.actions.rosters.course_ports import PasswordPorts
from courseops.actions.rosters.handouts import HandoutPorts
from courseops.adapters.memory.accounts import MemoryCredentials, MemoryFirstPasswords
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.model.hub import HubUser
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.rosters.credential import FirstPassword
from courseops.model.rosters.handout import Change, Door, Handout, Strip, by_section

COURSE = "py"
DOOR = Door(
    address="https://hub.example.org/teaching",
    change=Change.PAGE,
    change_address="https://hub.example.org/teaching/hub/change-password",
)


def strip(username: str, **more: str) -> Strip:
    return Strip(**{"username": username, "password": f"pw-of-{username}", **more})


def handout_of(*strips: Strip, door: Door = DOOR, title: str = "Python for beginners") -> Handout:
    made_on = date(2026, 9, 7)
    return Handout(title=title, door=door, made_on=made_on, sections=by_section(strips))


def sample_handout() -> Handout:
    """Give one with two sections and somebody who has none."""
    return handout_of(
        strip("ada", given_name="Ada", family_name="Lovelace", section="TD 2"),
        strip("zoe", given_name="Zoé", family_name="Œuvrard", section="TD 10"),
        strip("seat07"),
    )


class LostPageError(Exception):
    """The page did not reach the disk."""


@dataclass
class Desk:
    """A course in memory: who is in it, who has a password, and the pages that were written."""

    credentials: MemoryCredentials = field(default_factory=MemoryCredentials)
    first: MemoryFirstPasswords = field(default_factory=MemoryFirstPasswords)
    enrolments: MemoryEnrolments = field(default_factory=MemoryEnrolments)
    hub: MemoryHub = field(
        default_factory=lambda: MemoryHub(users=[HubUser(name="root", admin=True)])
    )
    pages: list[Handout] = field(default_factory=list)
    disk_is_full: bool = False

    def enrol(self, *names: str, role: Role = Role.LEARNER, course: str = COURSE) -> None:
        for name in names:
            person = Person(id=f"id-{name}", username=name, family_name=name.title())
            at = datetime(2026, 3, 1, tzinfo=UTC)
            self.enrolments.enrol(course, [Enrolment(person=person, role=role)], at)
            self.hub.create_users([name])

    def admit(self, *names: str) -> None:
        """Do what `roster apply` does for new learners."""
        for name in names:
            given = FirstPassword(username=name, password=f"first-{name}")
            self.first.keep(COURSE, [given])
            self.credentials.insert({name: given.password})
            self.first.keep(COURSE, [replace(given, is_set=True)])
        self.enrol(*names)

    def ports(self, **changes: object) -> HandoutPorts:
        ports = HandoutPorts(
            course_id=COURSE,
            title="Python for beginners",
            door=DOOR,
            hub=self.hub,
            enrolments=self.enrolments,
            passwords=PasswordPorts(credentials=self.credentials, first=self.first),
            zone=UTC,
            write=self._write,
            protected=frozenset({"Boss"}),
        )
        return replace(ports, **changes)  # type: ignore[arg-type]

    def last_page(self) -> dict[str, str]:
        """Give who has which password on the newest page."""
        return _passwords(self.pages[-1])

    def handed(self) -> dict[str, str]:
        """Give who has which password on the newest page with a strip of theirs."""
        return dict(ChainMap(*map(_passwords, reversed(self.pages))))

    def waiting(self) -> Iterable[str]:
        return self.first.waiting(COURSE).keys()

    def _write(self, handout: Handout) -> Path:
        if self.disk_is_full:
            raise LostPageError
        self.pages.append(handout)
        return Path("page.html")


def _passwords(page: Handout) -> dict[str, str]:
    return {strip.username: strip.password for part in page.sections for strip in part.strips}
