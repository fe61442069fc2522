"""An alert: one thing that is wrong, told once when it begins and once when it ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from courseops.model.jobs.job import Severity

# Who has yet to be told, before anybody knows by which ways.
EVERYBODY = ("*",)
# Of what is told only once it is met again.
NOBODY_YET: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Alert:
    """
    One thing that is wrong, however many runs meet it.

    `key` names the cause ("hub/campus unreachable", "job/nightly-backup hub/campus"); `runs`
    counts the runs that met it, of which `run_id` is the newest, and `met` names which jobs met it
    where ("job/roster-sync course/python101"). `told_at` is when people were told last,
    `cleared_at` when it was gone; an alert that was told of and is gone is told of once more.
    `owing` names the ways that have not taken yet what is to be told of it.
    """

    key: str
    severity: Severity
    job: str
    scope: str
    what: str
    mend: str
    run_id: str
    since: datetime
    seen_at: datetime
    runs: int = 1
    met: tuple[str, ...] = ()
    told_at: datetime | None = None
    cleared_at: datetime | None = None
    owing: tuple[str, ...] = EVERYBODY


def alert_of(key: str, scope: str, what: str, mend: str, now: datetime) -> Alert:
    """Give an alert of something that no job met: the daemon itself, a way to tell people."""
    return Alert(
        key=key,
        severity=Severity.PROBLEM,
        job="",
        scope=scope,
        what=what,
        mend=mend,
        run_id="",
        since=now,
        seen_at=now,
    )


def again(known: Alert | None, met: Alert) -> Alert:
    """Give an alert as it is now that it was met, perhaps once more."""
    if known is None:
        return met
    is_open = known.cleared_at is None
    # Of what was told and is gone, but of that nobody heard yet, nothing new is to be told.
    was_open_to_all = known.told_at is not None and known.owing == EVERYBODY
    if not is_open and not was_open_to_all:
        return met
    was_problem = known.severity is Severity.PROBLEM
    return replace(
        met,
        severity=known.severity if was_problem else met.severity,
        since=known.since,
        runs=known.runs + (met.run_id != known.run_id),
        met=known.met + tuple(place for place in met.met if place not in known.met),
        told_at=known.told_at,
        owing=_owing_again(known) if is_open else (),
    )


def gone(alert: Alert, now: datetime) -> Alert:
    """Give an alert that is over: whoever was told, or should have been, is told that too."""
    nobody_tried = alert.told_at is None and alert.owing in {EVERYBODY, NOBODY_YET}
    return replace(alert, cleared_at=now, owing=() if nobody_tried else EVERYBODY)


def _owing_again(known: Alert) -> tuple[str, ...]:
    is_new_to_all = known.told_at is None and known.owing == NOBODY_YET
    return EVERYBODY if is_new_to_all else known.owing
