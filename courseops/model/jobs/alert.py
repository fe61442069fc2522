"""An alert: one thing that is wrong, told once when it begins and once when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from courseops.model.jobs.job import Severity


@dataclass(frozen=True, kw_only=True)
class Alert:
    """
    One thing that is wrong, however many runs meet it.

    `key` names the cause ("hub/campus unreachable", "job/nightly-backup hub/campus"); `runs`
    counts the runs that met it, of which `run_id` is the newest. `told_at` is when people were
    told, `cleared_at` when it was gone; an alert that was told of and is gone is told of once more.
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
    told_at: datetime | None = None
    cleared_at: datetime | None = None
