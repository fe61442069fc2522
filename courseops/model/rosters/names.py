"""Whose name is whose: people who were renamed, and names that another person has or had.

A home, a gradebook and an exchange know people by username. A name that changed upstream, or
that belongs to somebody else now, is therefore never followed: it waits for a person, and
everyone keeps the name they have until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from courseops.model.roster import Enrolment, Person, Roster, group_of
from courseops.model.rosters.plan import Existing
from courseops.model.sameness import are_one_person


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """Why only a person can go on with somebody, in a word (`kind`) and in words, and how."""

    kind: str
    why: str
    mend: str


_TAKEN = Blocked(
    kind="name-taken",
    why="is the name of somebody else now; files and grades stand under it",
    mend="give the newcomer another name with an identities file (docs/how-to/renamed-people.md)",
)
_CLAIMED = Blocked(
    kind="claimed",
    why="has a password that somebody chose before there was an account of this name",
    mend="discard that sign-up on the hub (/hub/authorize); or, if it was they, make their "
    "account on the hub's admin page",
)
_UNGUARDED = Blocked(
    kind="protected",
    why="is protected in the configuration, so that nobody gives them a first password",
    mend="make their account and its password on the hub yourself",
)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """
    Who is in a course, by the names they go by.

    `blocked` says of a username why only a person can go on.
    """

    wanted: tuple[Enrolment, ...]
    managed: tuple[Enrolment, ...]
    blocked: Mapping[str, Blocked]


def settle_names(desired: Roster, existing: Existing) -> Settled:
    """
    Say under which names a roster and our record of it are to be compared.

    A rename that somebody made on the hub (the old account is gone, the new one is in its
    group, and nobody else ever had that name) is followed; any other keeps the old name and is
    blocked. So is whoever has the name of an account that was another person's.
    """
    names = _Names(desired.course_id, existing)
    arrivals = [it for it in desired.enrolments if not names.keep_old_name(it)]
    listed = {enrolment.person.id for enrolment in desired.enrolments}
    left = {e.person.username: e for i, e in names.recorded.items() if i not in listed}
    for enrolment in arrivals:
        names.enter(enrolment, left)
    return Settled(
        wanted=tuple(names.wanted.values()),
        managed=tuple(names.recorded.values()),
        blocked=names.blocked,
    )


@dataclass
class _Names:
    """The names of one course while they are being settled."""

    course_id: str
    existing: Existing
    recorded: dict[str, Enrolment] = field(init=False)
    wanted: dict[str, Enrolment] = field(default_factory=dict)
    blocked: dict[str, Blocked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.recorded = {e.person.id: e for e in self.existing.managed}
        self._past = {e.person.id: e for e in self.existing.ended}
        self._owners: dict[str, list[Person]] = {}
        for person in self._everyone():
            self._owners.setdefault(person.username, []).append(person)

    def keep_old_name(self, enrolment: Enrolment) -> bool:
        """Keep somebody under the name that they have, if the source calls them otherwise now."""
        person = enrolment.person
        have = self.recorded.get(person.id) or self._past.get(person.id)
        if have is None or have.person.username == person.username:
            return False
        old = have.person.username
        if self._was_renamed(have, person):
            self.recorded[person.id] = _called(have, person.username)
            return False
        if person.id not in self.recorded and old not in self.existing.hub_users:
            return False  # they return, and nothing of theirs is left to return to
        self.wanted[old] = _called(enrolment, old)
        self.blocked[old] = _renamed(old, person.username)
        return True

    def enter(self, enrolment: Enrolment, left: Mapping[str, Enrolment]) -> None:
        """Enter somebody under the source's name; `left` are those who would make room."""
        name = enrolment.person.username
        if name in self.wanted:
            self.blocked[name] = _two_called(name, self.blocked.get(name))
        elif name in self.existing.claimed:
            self.blocked[name] = _CLAIMED
        elif self._is_unguarded(name):
            self.blocked[name] = _UNGUARDED
        elif enrolment.person.id not in self.recorded and self._is_anothers(enrolment.person):
            if name in left:
                self.wanted[name] = left[name]
            self.blocked[name] = _TAKEN
        else:
            self.wanted[name] = enrolment

    def _is_unguarded(self, name: str) -> bool:
        """Say whether an account would be made that nobody gives a password."""
        there = self.existing
        return (
            there.credentials is not None
            and name in there.protected
            and name not in there.hub_users
            and name not in there.credentials
        )

    def _was_renamed(self, have: Enrolment, now: Person) -> bool:
        group = group_of(have.role, self.course_id)
        return (
            have.person.id in self.recorded
            and have.person.username not in self.existing.hub_users
            # Whom the hub renames stays in their groups; a new account is in none.
            and now.username in self.existing.members(group)
            and not self._is_anothers(now)
        )

    def _is_anothers(self, person: Person) -> bool:
        """Say whether there is an account of this name that is or was another person's."""
        others = (it for it in self._owners.get(person.username, ()) if it.id != person.id)
        is_there = person.username in self.existing.hub_users
        return is_there and not all(are_one_person(other, person) for other in others)

    def _everyone(self) -> Iterator[Person]:
        for enrolment in (*self.existing.managed, *self.existing.ended):
            yield enrolment.person
        yield from self.existing.neighbours


def _renamed(old: str, new: str) -> Blocked:
    return Blocked(
        kind="renamed",
        why=f"is called {new} now; files and grades stand under {old}",
        mend=f"keep {old} with an identities file, or rename the account on the hub and move what "
        "is theirs (docs/how-to/renamed-people.md)",
    )


def _two_called(name: str, before: Blocked | None) -> Blocked:
    if before is None:
        return _TAKEN
    return replace(before, why=f"{before.why}, and somebody else is called {name}")


def _called(enrolment: Enrolment, name: str) -> Enrolment:
    return replace(enrolment, person=replace(enrolment.person, username=name))
