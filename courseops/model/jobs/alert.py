"""An alert: one thing that is wrong, told once when it begins and once when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from courseops.model.jobs.job import Severity

# Who has yet to be told, before anybody knows by which ways.
EVERYBODY = ("*",)


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
