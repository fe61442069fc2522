"""Refuse plans that a mistake upstream would explain better than a real change of class.

A truncated CSV and a directory that answers half a question both look like everyone leaving.
The thresholds are those of mature tools: a share with a floor, as octoDNS and Google's
directory sync have them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from courseops.errors import PlanHeldError, PlanRefusedError
from courseops.model.roster import Enrolment, Role, Roster, SourceSize
from courseops.model.rosters.plan import Existing, Plan, Target, Verb

# Of fewer people of one role than this, more than half may leave at once.
_SMALLEST_CLASS = 3
_HINT = "nothing was changed; check the roster's source"
_ARRIVALS = (Verb.ENROL, Verb.RETURN)
_TEACHERS = (Role.INSTRUCTOR,)
_STAFF = (Role.INSTRUCTOR, Role.ASSISTANT)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """
    How much one plan may change before a person must look.

    Of two limits for one thing, a share and a number, the larger counts; who leaves is counted
    role by role, and is never more than half of a role.
    """

    drop_percent: float = 10.0
    drop_people: int = 10
    change_percent: float = 10.0
    change_people: int = 3
    shrink_percent: float = 20.0

    def drops(self, people: int) -> int:
        """Say how many of so many people of one role may be dropped at once."""
        most = max(self.drop_people, int(people * self.drop_percent / 100))
        return most if people < _SMALLEST_CLASS else min(most, people // 2)

    def changes(self, people: int) -> int:
        """Say how many of so many people may get another username, or another role, at once."""
        return max(self.change_people, int(people * self.change_percent / 100))

    def smallest(self, people: int) -> float:
        """Say how few people a source may list that listed so many."""
        return people * (1 - self.shrink_percent / 100)


@dataclass(frozen=True, kw_only=True)
class Permission:
    """
    What a person has said of a plan.

    `drops` lifts what guards against leaving if, and only if, it is exactly the number of
    those who leave; `approved` lifts everything but an empty roster.
    """

    drops: int = 0
    approved: bool = False


UNASKED = Permission()


def objections(
    plan: Plan,
    desired: Roster,
    existing: Existing,
    limits: Limits,
    *,
    last_sizes: Iterable[SourceSize] = (),
    permission: Permission = UNASKED,
) -> tuple[str, ...]:
    """
    Say why `plan` should not be applied; nothing means that it may.

    `last_sizes` are those of the course's last good run.
    """
    if not desired.enrolments:
        return (f"the roster is empty ({desired.source})",)
    if permission.approved:
        return ()
    reasons: list[str] = []
    if not plan.dropped or permission.drops != len(plan.dropped):
        reasons += [*_leaving(plan, existing, limits), *_shrunk(plan, last_sizes, limits)]
    return (
        *reasons,
        *_cut_off(plan),
        *_nobody_to_teach(desired, existing),
        *_renamed(plan, existing, limits),
        *_new_roles(plan, existing, limits),
    )


def refuse(plan: Plan, desired: Roster, reasons: tuple[str, ...]) -> None:
    """
    Stop a plan that has objections.

    Raises:
        PlanHeldError: a person may let it through.
        PlanRefusedError: nobody may: the roster is empty.
    """
    if not reasons:
        return
    message, hint = f"the plan for {plan.course_id} is not safe to apply", _HINT
    if not desired.enrolments:
        raise PlanRefusedError(message, problems=reasons, hint=hint)
    if drops := len(plan.dropped):
        hint += f"; if all {drops} should really leave, repeat with --allow-drops {drops}"
    raise PlanHeldError(message, problems=reasons, hint=hint)


def _leaving(plan: Plan, existing: Existing, limits: Limits) -> Iterator[str]:
    leaving = set(plan.dropped)
    for role in Role:
        have = {e.person.username for e in existing.managed if e.role is role}
        drops, most = len(have & leaving), limits.drops(len(have))
        everyone = role is Role.LEARNER and drops == len(have)
        if drops > most or (drops and everyone):
            yield (
                f"{drops} of {len(have)} {role}s would be dropped; the limit is {most} "
                f"(the larger of {limits.drop_percent:g} % and {limits.drop_people}, "
                "and never more than half)"
            )


def _shrunk(plan: Plan, last_sizes: Iterable[SourceSize], limits: Limits) -> Iterator[str]:
    last = {size.source: size.people for size in last_sizes}
    now = {size.source: size.people for size in plan.sizes}
    if last and last.keys() != now.keys():
        # A source that was renamed, taken away or replaced for once: only the whole compares.
        last, now = {"the roster": sum(last.values())}, {"the roster": sum(now.values())}
    for source, people in last.items():
        if now[source] < limits.smallest(people):
            yield (
                f"{source} lists {now[source]} people, and listed {people} at the last good "
                f"run; the limit is {limits.shrink_percent:g} % fewer"
            )


def _cut_off(plan: Plan) -> Iterator[str]:
    """Find names that are the beginning of one that leaves: a file may end in the middle of one."""
    arriving = {c.username for verb in _ARRIVALS for c in plan.of(verb, Target.RECORD)}
    for gone in plan.dropped:
        for name in sorted(name for name in arriving if gone.startswith(name)):
            yield f"{name} would come as {gone} leaves: does the list end in the middle of a name?"


def _nobody_to_teach(desired: Roster, existing: Existing) -> Iterator[str]:
    for roles, who in (_TEACHERS, "the last instructor"), (_STAFF, "the last who may grade"):
        had, has = _names_of(existing.managed, roles), _names_of(desired.enrolments, roles)
        if had and not has:
            yield f"{who} ({', '.join(sorted(had))}) would be dropped"
            return


def _names_of(enrolments: Iterable[Enrolment], roles: Collection[Role]) -> set[str]:
    return {e.person.username for e in enrolments if e.role in roles}


def _renamed(plan: Plan, existing: Existing, limits: Limits) -> Iterator[str]:
    renames = len(plan.of(Verb.RENAME, Target.HUB_USER))
    yield from _too_many(renames, existing, limits, "usernames")


def _new_roles(plan: Plan, existing: Existing, limits: Limits) -> Iterator[str]:
    had = {enrolment.person.id: enrolment.role for enrolment in plan.before}
    changed = [e for e in plan.after if e.role is not had.get(e.person.id, e.role)]
    yield from _too_many(len(changed), existing, limits, "roles")


def _too_many(count: int, existing: Existing, limits: Limits, what: str) -> Iterator[str]:
    people = len(existing.managed)
    most = limits.changes(people)
    if count > most:
        yield (
            f"{count} of {people} people would have other {what}; the limit is {most} (the larger "
            f"of {limits.change_percent:g} % and {limits.change_people}): has the column or "
            f"attribute of {what} changed?"
        )
