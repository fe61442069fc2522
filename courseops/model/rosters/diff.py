"""Compare the roster we want with what a hub and a gradebook have, and say what must change.

Nothing here reaches a hub, a file or a directory. Only what courseops enrolled may it drop. Its
own record of enrolments (`managed`) is written before a membership is added and ended after it
is removed, so a run that was killed at any point leaves a state from which the next plan
finishes the work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from courseops.model.roster import (
    Enrolment,
    Person,
    Role,
    Roster,
    group_of,
    section_groups_of,
    section_prefix,
)
from courseops.model.rosters.names import Settled, settle_names
from courseops.model.rosters.plan import Change, Existing, Plan, Target, Verb, bare
from courseops.model.sameness import are_two_people

_NAMES = ("given_name", "family_name", "email")
_IDENTITY = ("id", "username", *_NAMES, "gradebook_id", "lms_id")


def diff(
    desired: Roster,
    existing: Existing,
    *,
    section_groups: bool = False,
    settled: Settled | None = None,
) -> Plan:
    """
    Say how to bring a course from `existing` to `desired`.

    The same values give the same plan, whatever order they arrive in; what already is as
    desired needs nothing. With `section_groups` each section has a hub group of its own.
    `settled` is who goes by which name, where that has been settled already.
    """
    settled = settled or settle_names(desired, existing)
    course = _Course(desired.course_id, existing, settled, section_groups=section_groups)
    changes = tuple(sorted(course.changes(), key=lambda change: change.place))
    written = [change for change in changes if change.target is Target.RECORD]
    return Plan(
        course_id=desired.course_id,
        changes=changes,
        unmanaged=course.unmanaged(),
        desired=_digest(desired),
        before=tuple(course.before(change.username for change in written)),
        after=tuple(course.after(c.username for c in written if c.verb is not Verb.DROP)),
        sizes=desired.sizes,
    )


class _Course:
    """
    One course while it is being compared.

    `_wanted` has everybody under the name that they keep until a person renames them;
    `_recorded` is our record by username, with more than one entry for a name only where its
    owner's id has changed.
    """

    def __init__(
        self, course_id: str, existing: Existing, settled: Settled, *, section_groups: bool
    ) -> None:
        self._id = course_id
        self._existing = existing
        self._section_groups = section_groups
        self._wanted = {e.person.username: e for e in settled.wanted}
        self._blocked = settled.blocked
        self._recorded: dict[str, list[Enrolment]] = {}
        for enrolment in settled.managed:
            self._recorded.setdefault(enrolment.person.username, []).append(enrolment)
        self._by_id = {e.person.id: e for e in existing.managed}
        self._ended = {e.person.id: e.person.username for e in existing.ended}
        self._in_sections = _section_members(self._id, existing) if section_groups else {}

    def changes(self) -> Iterator[Change]:
        """Give every change, in no order."""
        for name, enrolment in self._wanted.items():
            yield from self._account(name)
            yield from self._memberships(name, enrolment)
            yield from self._student(name, enrolment)
        for name, recorded in self._recorded.items():
            if name not in self._wanted and name not in self._existing.protected:
                yield from self._drop(name, recorded)
        # Who left while sections had no groups is still in the one they were in.
        for name in self._ended.values():
            if name not in self._wanted and name not in self._recorded:
                yield from self._leave(name, self._in_sections.get(name, ()))
        for name, blocked in self._blocked.items():
            yield _change(
                Verb.RENAME, Target.HUB_USER, name, "hub", origin=name, detail=blocked.why
            )

    def before(self, names: Iterable[str]) -> Iterator[Enrolment]:
        """Give our record of people as it is now, without what a plan need not say of them."""
        for name in names:
            for enrolment in self._recorded.get(name, ()):
                yield bare(self._by_id[enrolment.person.id])

    def after(self, names: Iterable[str]) -> Iterator[Enrolment]:
        """Give our record of people as it shall be, likewise."""
        return (bare(self._wanted[name]) for name in names)

    def unmanaged(self) -> tuple[str, ...]:
        """Name those whom somebody else added to a group of the course."""
        groups = {group_of(role, self._id) for role in Role}
        members = {name for group in groups for name in self._existing.members(group)}
        return tuple(sorted(members - self._recorded.keys()))

    def _account(self, name: str) -> Iterator[Change]:
        credentials = self._existing.credentials
        # Whoever is protected has their own way in, and nobody hands an admin's key around.
        has_way_in = credentials is None or name in credentials or name in self._existing.protected
        if not has_way_in:
            yield _change(Verb.CREATE, Target.CREDENTIAL, name, "hub")
        if name not in self._existing.hub_users:
            yield _change(Verb.CREATE, Target.HUB_USER, name, "hub")

    def _memberships(self, name: str, enrolment: Enrolment) -> Iterator[Change]:
        groups, recorded = self._groups_of(enrolment), self._recorded.get(name)
        if recorded:
            moves = list(self._moves(name, recorded, groups))
            yield from moves
            yield from self._joins(name, groups, {move.where for move in moves}, Verb.ENROL)
            yield from self._record(name, enrolment, recorded)
        elif name not in self._existing.members(groups[0]):
            verb = Verb.RETURN if enrolment.person.id in self._ended else Verb.ENROL
            yield _change(verb, Target.RECORD, name, self._id)
            yield from self._joins(name, groups, set(), verb)
        # Else somebody else added them: theirs to keep, until they are adopted.

    def _moves(
        self, name: str, recorded: list[Enrolment], groups: tuple[str, ...]
    ) -> Iterator[Change]:
        had = self._groups_of_all(name, recorded)
        for left in had:
            stays = left in groups or name in self._existing.protected
            if not stays and name in self._existing.members(left):
                place = _successor(left, had, groups)
                yield _change(Verb.MOVE, Target.GROUP, name, place, origin=left)

    def _joins(
        self, name: str, groups: tuple[str, ...], moved_to: set[str], verb: Verb
    ) -> Iterator[Change]:
        for group in groups:
            if name not in self._existing.members(group) and group not in moved_to:
                yield _change(verb, Target.GROUP, name, group)

    def _student(self, name: str, enrolment: Enrolment) -> Iterator[Change]:
        gradebook, person = self._existing.gradebook, enrolment.person
        if gradebook is None or enrolment.role is not Role.LEARNER:
            return
        have = gradebook.get(person.student_id)
        known = self._by_id.get(person.id)
        was = known.person.student_id if known else person.student_id
        if have is not None and known is None and are_two_people(have, person):
            why = f"the gradebook has somebody else as {person.student_id}, with their grades"
            origin = person.student_id
            yield _change(Verb.RENAME, Target.GRADEBOOK, name, self._id, origin=origin, detail=why)
        elif have is None and was != person.student_id and was in gradebook:
            why = f"their grades stand under {was}, not under {person.student_id}"
            yield _change(Verb.RENAME, Target.GRADEBOOK, name, self._id, origin=was, detail=why)
        elif have is None:
            yield _change(Verb.CREATE, Target.GRADEBOOK, name, self._id)
        elif detail := _differences(have, person, _NAMES):
            yield _change(Verb.UPDATE, Target.GRADEBOOK, name, self._id, detail=detail)

    def _record(
        self, name: str, enrolment: Enrolment, recorded: list[Enrolment]
    ) -> Iterator[Change]:
        # As it was written, not as its name was settled: a new name is written down too.
        have = self._by_id.get(enrolment.person.id, recorded[0])
        moved = _differences(have, enrolment, ("role", "section"))
        differs = _differences(have.person, enrolment.person, _IDENTITY)
        if moved or differs or len(recorded) > 1:
            verb = Verb.MOVE if moved else Verb.UPDATE
            detail = "; ".join(filter(None, [moved, differs]))
            yield _change(verb, Target.RECORD, name, self._id, detail=detail)

    def _drop(self, name: str, recorded: list[Enrolment]) -> Iterator[Change]:
        yield from self._leave(name, self._groups_of_all(name, recorded))
        yield _change(Verb.DROP, Target.RECORD, name, self._id)

    def _leave(self, name: str, groups: Iterable[str]) -> Iterator[Change]:
        for group in groups:
            if name in self._existing.members(group):
                yield _change(Verb.DROP, Target.GROUP, name, group)

    def _groups_of_all(self, name: str, recorded: Iterable[Enrolment]) -> tuple[str, ...]:
        """Give the groups somebody has by our record, and those of sections they are in."""
        by_record = (group for each in recorded for group in self._groups_of(each))
        return tuple(dict.fromkeys((*by_record, *self._in_sections.get(name, ()))))

    def _groups_of(self, enrolment: Enrolment) -> tuple[str, ...]:
        sections = section_groups_of(enrolment.section, self._id) if self._section_groups else ()
        return (group_of(enrolment.role, self._id), *sections)


def _section_members(course_id: str, existing: Existing) -> dict[str, list[str]]:
    """Give the section groups of a course by member; all of them are courseops' own."""
    found: dict[str, list[str]] = {}
    for group in sorted(existing.groups):
        if group.startswith(section_prefix(course_id)):
            for name in existing.groups[group]:
                found.setdefault(name, []).append(group)
    return found


def _change(
    verb: Verb, target: Target, name: str, where: str, *, origin: str = "", detail: str = ""
) -> Change:
    return Change(
        verb=verb, target=target, username=name, where=where, origin=origin, detail=detail
    )


def _successor(left: str, had: tuple[str, ...], groups: tuple[str, ...]) -> str:
    """Give the group that takes the place of one that somebody leaves: of the same kind."""
    if left == had[0] or len(groups) == 1:
        return groups[0]
    return next((group for group in groups[1:] if group not in had), groups[1])


def _differences(
    have: Enrolment | Person, want: Enrolment | Person, fields: tuple[str, ...]
) -> str:
    return "; ".join(
        f"{name.replace('_', ' ')}: {getattr(have, name) or '–'} → {getattr(want, name) or '–'}"
        for name in fields
        if getattr(have, name) != getattr(want, name)
    )


def _digest(desired: Roster) -> str:
    rows = sorted([*vars(e.person).values(), e.role, e.section] for e in desired.enrolments)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]
