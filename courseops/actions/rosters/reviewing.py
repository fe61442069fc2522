"""Insist that the plan that is carried out is the one that somebody looked at."""

from __future__ import annotations

from datetime import datetime

from courseops.errors import PlanRefusedError
from courseops.ports.records import Plans


def insist_on_reviewed(
    plans: Plans,
    scope: str,
    fingerprint: str,
    reviewed: str,
    now: datetime,
    *,
    of: str,
    moved: str,
    again: str,
) -> None:
    """
    Refuse any plan but the `reviewed` one, and that too if it is a day old.

    `of` names what the plan is for, `moved` what may have changed since, `again` the command
    that shows the plan.

    Raises:
        PlanRefusedError: it is another plan, or was not shown within the last day.
    """
    hint = f"review it again: {again}"
    if fingerprint != reviewed:
        raise PlanRefusedError(
            f"the plan for {of} is now {fingerprint}, no longer {reviewed}: "
            f"{moved} has changed since",
            hint=hint,
        )
    kept = plans.find(reviewed, scope)
    if kept is None or kept.is_stale(now):
        when = f"at {kept.kept_at:%Y-%m-%d %H:%M} UTC" if kept else "never here"
        raise PlanRefusedError(
            f"the plan {reviewed} for {of} was reviewed {when}, not within the last 24 hours",
            hint=hint,
        )
