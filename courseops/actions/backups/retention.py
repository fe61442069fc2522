"""Drop what no rule keeps, free the room it took, and keep a second repository whole."""

from __future__ import annotations

from dataclasses import dataclass

from courseops.actions.backups.ports import BackupPorts
from courseops.actions.journal import Journal
from courseops.errors import RefusedError
from courseops.model.backups.retention import Judged
from courseops.model.run import Outcome, Phase


@dataclass(frozen=True, kw_only=True)
class BackupsForgotten:
    """What `backup forget` did, or without `applied` would do; `run_id` is empty then."""

    hub: str
    applied: bool
    run_id: str
    snapshots: tuple[Judged, ...]

    @property
    def dropped(self) -> list[Judged]:
        """Give those that no rule keeps."""
        return [it for it in self.snapshots if not it.reasons]


@dataclass(frozen=True, kw_only=True)
class BackupPruned:
    """How many bytes `backup prune` freed."""

    hub: str
    run_id: str
    freed_bytes: int


@dataclass(frozen=True, kw_only=True)
class BackupCopied:
    """How many snapshots `backup copy` brought to the second repository."""

    hub: str
    run_id: str
    snapshots: int


def preview_forget(ports: BackupPorts) -> BackupsForgotten:
    """Say what `forget_snapshots` would drop, and of what it keeps, why."""
    judged = ports.upkeep.forget(ports.rules.retention, dry_run=True)
    return BackupsForgotten(hub=ports.hub, applied=False, run_id="", snapshots=tuple(judged))


def forget_snapshots(ports: BackupPorts, journal: Journal) -> BackupsForgotten:
    """
    Drop the snapshots that no rule keeps, from the repository and from the catalogue.

    Raises:
        RefusedError: the repository only takes new snapshots.
    """
    if ports.rules.append_only:
        raise RefusedError(
            f"the repository of {ports.hub} only takes new snapshots, none is forgotten from here",
            hint="do it on the machine that holds the repository, with append_only = false",
        )
    with journal.run("backup-forget", ports.scope) as entry:
        judged = preview_forget(ports).snapshots
        dropped = [it.snapshot.id for it in judged if not it.reasons]
        if dropped:
            entry.audit(Phase.INTENDED, dropped, "forget the snapshot")
            judged = tuple(ports.upkeep.forget(ports.rules.retention, dry_run=False))
            gone = [it.snapshot.id for it in judged if not it.reasons]
            ports.catalogue.forget(ports.hub, gone)
            entry.audit(Phase.MADE, gone, "forget the snapshot")
        told = f"{len(dropped)} of {len(judged)} snapshots dropped"
        entry.note(Outcome.done(ports.hub, told))
    return BackupsForgotten(hub=ports.hub, applied=True, run_id=entry.run.id, snapshots=judged)


def prune_backup(ports: BackupPorts, journal: Journal) -> BackupPruned:
    """
    Free what no snapshot needs any more.

    Raises:
        LockedError: something else is at work on the repository.
        RefusedError: it only takes new snapshots.
    """
    with journal.run("backup-prune", ports.scope) as entry:
        freed = ports.upkeep.prune()
        entry.note(Outcome.done(ports.hub, f"{freed} bytes freed"))
    return BackupPruned(hub=ports.hub, run_id=entry.run.id, freed_bytes=freed)


def copy_backup(ports: BackupPorts, journal: Journal) -> BackupCopied:
    """
    Bring the second repository every snapshot that it lacks.

    Raises:
        ConfigError: there is no second repository.
    """
    with journal.run("backup-copy", ports.scope) as entry:
        copied = ports.upkeep.copy()
        entry.note(Outcome.done(ports.hub, f"{copied} snapshots copied"))
    return BackupCopied(hub=ports.hub, run_id=entry.run.id, snapshots=copied)
