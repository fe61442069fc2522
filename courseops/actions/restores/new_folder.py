"""Bring something back into a new folder of its own home, where it can be over nothing.

So may learners restore what is theirs without asking anybody, as often and as much as their
`Allowance` says. What they had before is counted from our record, which no restart forgets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime, tzinfo

from courseops.actions.journal import Journal
from courseops.actions.restores.ports import RestorePorts
from courseops.actions.restores.restoring import RestoreReport, restore, size_to_restore
from courseops.errors import RefusedError
from courseops.model.backups.allowance import DAY, Allowance, Earlier, Wait, wait_for
from courseops.model.backups.restored import size_in
from courseops.model.moment import is_recent
from courseops.model.run import Phase, Run

_ACTION = "restore-apply"
# More than a day of restores by everybody who may restore into one home.
_MOST_RUNS = 1000
_MOST_FOLDERS = 100


def restore_into_new_folder(
    ports: RestorePorts,
    journal: Journal,
    username: str,
    path: str,
    *,
    at: datetime | None,
    zone: tzinfo,
    allowance: Allowance | None = None,
) -> RestoreReport:
    """
    Bring back one file or folder of a learner as it was `at` a moment, into a new folder.

    With an `allowance`, it holds for the journal's actor in this home: two who are one person do
    not get past it at once.

    Raises:
        RefusedError: the allowance is used up, or there is no such thing in the backups.
        LockedError: the same actor is having something else brought back.
    """
    alone = journal.locks.hold(f"allowance/{ports.hub}/{username}") if allowance else nullcontext()
    with alone:
        if allowance is not None:
            size_bytes = size_to_restore(ports, username, [path], at=at)
            wait = must_wait(ports.hub, journal, username, size_bytes, allowance)
            if wait is not None:
                raise RefusedError(_said(wait, zone))
        folder = free_folder(ports, username, journal.clock.now().astimezone(zone))
        return restore(ports, journal, username, [path], at=at, to=folder)


def must_wait(
    hub: str, journal: Journal, username: str, size_bytes: int, allowance: Allowance
) -> Wait | None:
    """Say whether the journal's actor has to wait before so much is brought back to a home."""
    earlier = list(_earlier(journal, f"home/{hub}/{username}"))
    return wait_for(allowance, earlier, size_bytes, journal.clock.now())


def free_folder(ports: RestorePorts, username: str, now: datetime) -> str:
    """
    Name a folder that is not in a home yet, after the moment: "restored-2026-11-24-1503".

    Raises:
        RefusedError: there is no home, or it is full of them.
    """
    volume = ports.volumes.volume_of(username)
    name = f"restored-{now:%Y-%m-%d-%H%M}"
    for candidate in (name, *(f"{name}-{number}" for number in range(2, _MOST_FOLDERS))):
        if ports.placer.standing(volume, candidate) is None:
            return candidate
    raise RefusedError(f"there are {_MOST_FOLDERS} folders like {name}", hint="wait a minute")


def _earlier(journal: Journal, scope: str) -> Iterator[Earlier]:
    now = journal.clock.now()
    for run in journal.runs.recent(action=_ACTION, scope=scope, limit=_MOST_RUNS):
        if run.actor == journal.actor and is_recent(run.started_at, now, DAY):
            yield Earlier(at=run.started_at, size_bytes=_size_of(journal, run))


def _size_of(journal: Journal, run: Run) -> int:
    records = journal.runs.audit_of(run.id)
    return sum(size_in(it.detail) for it in records if it.phase is Phase.MADE)


def _said(wait: Wait, zone: tzinfo) -> str:
    if wait.until is None:
        return "this is more than anybody may bring back alone"
    until = f"{wait.until.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"you had much brought back already; you may go on at {until}"
