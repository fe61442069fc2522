"""Refuse plans that a mistake upstream would explain better than a real change of class.

A truncated CSV and a directory that answers half a question both look like everyone leaving.
The thresholds are those of mature tools: a share with a floor, as octoDNS and Google's
directory sync have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from courseops.errors import PlanRefusedError
from courseops.model.plan import Existing, Plan
from courseops.model.roster import Enrolment, Role, Roster


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many people one plan may drop: the larger of a share of the class and a number."""

    drop_percent: float = 10.0
    drop_people: int = 10


def objections(
    plan: Plan, desired: Roster, existing: Existing, limits: Limits, *, allow_drops: int = 0
) -> tuple[str, ...]:
    """
    Say why `plan` should not be applied; nothing means that it may.

    `allow_drops` lifts the limit on drops if, and only if, it is exactly their number.
    """
    return (
        *_empty(desired),
        *_too_many(plan, existing, limits, allow_drops),
        *_last_instructor(desired, existing),
        *_renamed(desired, existing),
    )


def refuse(plan: Plan, reasons: tuple[str, ...]) -> None:
    """
    Stop a plan that has objections.

    Raises:
        PlanRefusedError: there are any.
    """
    if reasons:
        drops = len(plan.dropped)
        hint = "nothing was changed; check the roster's source"
        if any("limit" in reason for reason in reasons):
            hint += f", or if all {drops} should really leave, repeat with --allow-drops {drops}"
        raise PlanRefusedError(
            f"the plan for {plan.course_id} is not safe to apply", problems=reasons, hint=hint
        )


def _empty(desired: Roster) -> Iterator[str]:
    if not desired.enrolments:
        yield f"the roster is empty ({desired.source})"


def _too_many(plan: Plan, existing: Existing, limits: Limits, allow_drops: int) -> Iterator[str]:
    drops, have = len(plan.dropped), len(existing.managed)
    most = max(limits.drop_people, int(have * limits.drop_percent / 100))
    everyone = 0 < have == drops
    if (drops > most or everyone) and drops != allow_drops:
        yield (
            f"{drops} of {have} people would be dropped; the limit is {most} "
            f"(the larger of {limits.drop_percent:g} % and {limits.drop_people})"
        )


def _last_instructor(desired: Roster, existing: Existing) -> Iterator[str]:
    had, has = _instructors(existing.managed), _instructors(desired.enrolments)
    if had and not has:
        yield f"the last instructor ({', '.join(sorted(had))}) would be dropped"


def _instructors(enrolments: tuple[Enrolment, ...]) -> set[str]:
    return {e.person.username for e in enrolments if e.role is Role.INSTRUCTOR}


def _renamed(desired: Roster, existing: Existing) -> Iterator[str]:
    names = {e.person.id: e.person.username for e in existing.managed}
    for enrolment in desired.enrolments:
        old = names.get(enrolment.person.id)
        new = enrolment.person.username
        if old is not None and old != new:
            yield (
                f"{old} is now called {new}: their files and grades stand under the old name; "
                f"keep {old} in the roster until those are moved"
            )
