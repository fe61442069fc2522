"""How long snapshots are kept, and why each one is.

Rules go by time and not by number: an attacker who can add snapshots, and a term with a day
of many, must not push the good ones out. Spans are written as restic reads them, "2d" or
"6m": https://restic.readthedocs.io/en/stable/060_forget.html
"""

from __future__ import annotations

from dataclasses import dataclass

from courseops.model.backups.backup import Snapshot


@dataclass(frozen=True, kw_only=True)
class Retention:
    """For how long every snapshot is kept, one an hour, one a day, and so on."""

    within: str = "1d"
    hourly: str = "2d"
    daily: str = "30d"
    weekly: str = "6m"
    monthly: str = "1y"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One snapshot: kept for these reasons, or without any, dropped."""

    snapshot: Snapshot
    reasons: tuple[str, ...] = ()
