"""Back up the databases of a hub beside its homes: each copied whole, or named as failed."""

from __future__ import annotations

from pathlib import Path

from courseops.actions.backups.ports import BackupPorts
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import STATE, BackupOrder, Unread, Volume
from courseops.model.run import Outcome, Status
from courseops.ports.live import LiveDatabase

# The folder of all copies in the snapshot.
DATABASES = "databases"
_EVERYTHING = 1 << 62


def subject_of(database: LiveDatabase) -> str:
    """Name a database as outcomes do; no username has a space in it."""
    return f"database {database.name}"


def back_up_databases(ports: BackupPorts, known: str = "") -> list[Outcome]:
    """
    Copy every database, and back the copies up as one snapshot; one outcome each.

    `known` is any snapshot that the repository has: the copies are new each time, so one to
    compare them with need not be looked for. Nothing is raised: the homes are backed up
    whatever becomes of this.
    """
    if not ports.databases:
        return []
    try:
        with ports.staging.stage_folder(0) as room:
            (room / DATABASES).mkdir(mode=0o700)
            outcomes = [_copied(database, room / DATABASES) for database in ports.databases]
            if not any(it.status is Status.DONE for it in outcomes):
                return outcomes
            unread = _kept(ports, room, known)
    except CourseOpsError as error:
        return [_failure(database, error) for database in ports.databases]
    if unread:
        lost = CourseOpsError(f"its copy could not be read: {unread[0].reason}")
        return [_failure(database, lost) for database in ports.databases]
    return outcomes


def _kept(ports: BackupPorts, room: Path, known: str) -> tuple[Unread, ...]:
    """Take the snapshot of the copies; nothing of them is too large or not worth keeping."""
    copies = Volume(username="", path=DATABASES)
    order = BackupOrder(tags=(STATE,), parent=known, largest_bytes=_EVERYTHING)
    return ports.repository.back_up(room, [copies], order).unread


def _copied(database: LiveDatabase, into: Path) -> Outcome:
    try:
        is_there = database.copy(into)
    except CourseOpsError as error:
        return _failure(database, error)
    if not is_there:
        return Outcome.skipped(subject_of(database), "is not there yet", kind="no-database")
    return Outcome.done(subject_of(database), kind="database")


def _failure(database: LiveDatabase, error: CourseOpsError) -> Outcome:
    return Outcome.failed(subject_of(database), str(error), kind="not-copied", mend=error.hint)
