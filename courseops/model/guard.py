"""Refuse plans that a mistake upstream would explain better than a real change of class.

A truncated CSV and a directory that answers half a question both look like everyone leaving.
The thresholds are those of mature tools: a share with a floor, as octoDNS and Google's
directory sync have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from courseops.errors import PlanHeldError, PlanRefusedError
from courseops.model.plan import Existing, Plan, Target, Verb
from courseops.model.roster import Enrolment, Role, Roster, SourceSize

# Of a smaller source, one or two people are already more than any share.
_SMALLEST_SOURCE = 10
# Of fewer assistants than this, all may leave at once.
_SMALLEST_STAFF = 3


@dataclass(frozen=True, kw_only=True)
class Limits:
    """
    How much one plan may change before a person must look.

    Of two limits for one thing, a share and a number, the larger counts; each role is counted
    by itself.
    """

    drop_percent: float = 10.0
    drop_people: int = 10
    rename_percent: float = 10.0
    rename_people: int = 3
    shrink_percent: float = 20.0

    def drops(self, people: int) -> int:
        """Say how many of so many people may be dropped at once."""
        return max(self.drop_people, int(people * self.drop_percent / 100))

    def renames(self, people: int) -> int:
        """Say how many of so many people may change their names at once."""
        return max(self.rename_people, int(people * self.rename_percent / 100))

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
        *_last_instructor(plan, desired, existing),
        *_renamed(plan, existing, limits),
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


_HINT = "nothing was changed; check the roster's source"


def _leaving(plan: Plan, existing: Existing, limits: Limits) -> Iterator[str]:
    leaving = set(plan.dropped)
    for role in Role:
        have = {e.person.username for e in existing.managed if e.role is role}
        drops, most = len(have & leaving), limits.drops(len(have))
        everyone = drops == len(have) and (role is Role.LEARNER or drops >= _SMALLEST_STAFF)
        if drops > most or (drops and everyone):
            yield (
                f"{drops} of {len(have)} {role}s would be dropped; the limit is {most} "
                f"(the larger of {limits.drop_percent:g} % and {limits.drop_people})"
            )


def _shrunk(plan: Plan, last_sizes: Iterable[SourceSize], limits: Limits) -> Iterator[str]:
    now = {size.source: size.people for size in plan.sizes}
    for last in last_sizes:
        people = now.get(last.source)
        is_small = last.people < _SMALLEST_SOURCE
        if people is not None and not is_small and people < limits.smallest(last.people):
            yield (
                f"{last.source} lists {people} people, and listed {last.people} at the last good "
                f"run; the limit is {limits.shrink_percent:g} % fewer"
            )


def _last_instructor(plan: Plan, desired: Roster, existing: Existing) -> Iterator[str]:
    had, has = _instructors(existing.managed), _instructors(desired.enrolments)
    gone = had & (set(plan.dropped) | {c.username for c in plan.of(Verb.MOVE, Target.RECORD)})
    if had and had == gone and not has:
        yield f"the last instructor ({', '.join(sorted(had))}) would be dropped"


def _instructors(enrolments: tuple[Enrolment, ...]) -> set[str]:
    return {e.person.username for e in enrolments if e.role is Role.INSTRUCTOR}


def _renamed(plan: Plan, existing: Existing, limits: Limits) -> Iterator[str]:
    renames, most = plan.of(Verb.RENAME, Target.HUB_USER), limits.renames(len(existing.managed))
    if len(renames) > most:
        yield (
            f"{len(renames)} of {len(existing.managed)} people would have other usernames; "
            f"the limit is {most} (the larger of {limits.rename_percent:g} % and "
            f"{limits.rename_people}): has the column or attribute of usernames changed?"
        )
