"""How old each learner's last good copy is, and what was proven of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A whole academic year, and some weeks to compare it with the one before.
DRILLS_KEPT = timedelta(days=400)


@dataclass(frozen=True, kw_only=True)
class LastCopy:
    """The last time that all of a learner's home was read into a snapshot."""

    username: str
    at: datetime
    run_id: str


@dataclass(frozen=True, kw_only=True)
class Drill:
    """
    One proof that something can be had back, or the failure of it.

    `what` is a file ("file") or a whole home ("home"); `path` is relative to the home.
    `problem` is empty if what came back is what was backed up.
    """

    hub: str
    shard: int
    what: str
    username: str
    path: str
    snapshot_id: str
    at: datetime
    files: int
    size_bytes: int
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Tombstone:
    """
    That somebody was erased from the backups of a hub.

    `volume` is the path that their home had below the root of all; no more is kept of them.
    """

    hub: str
    username: str
    volume: str
    at: datetime
    run_id: str
