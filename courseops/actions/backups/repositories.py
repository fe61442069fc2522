"""A hub's repository as a whole: make it, list what is in it, verify it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from courseops.actions.backups.ports import BackupPorts
from courseops.actions.backups.record import freshness
from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import AUTO, STATE, shard_tag
from courseops.model.backups.drill import part_of_week
from courseops.model.backups.freshness import Freshness
from courseops.model.run import Outcome, Phase


@dataclass(frozen=True, kw_only=True)
class BackupInitialised:
    """That `backup init` made a repository."""

    hub: str
    run_id: str


@dataclass(frozen=True, kw_only=True)
class ListedSnapshot:
    """
    One line of `backup list`: what it is `of`, as its tags say.

    `homes` is None for what holds no homes, and where only the catalogue could be asked.
    """

    id: str
    taken_at: datetime
    of: str
    homes: int | None


@dataclass(frozen=True, kw_only=True)
class BackupsListed:
    """What `backup list` shows, newest first; `username` is empty for everyone's."""

    hub: str
    username: str
    snapshots: tuple[ListedSnapshot, ...]
    freshness: Freshness
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BackupChecked:
    """
    What `backup check` found; no problems means that all is well.

    `part` says which part of the data was read, and of how many, None for none or all of it.
    """

    hub: str
    run_id: str
    read_data: bool
    part: tuple[int, int] | None
    problems: tuple[str, ...]


def initialise_backup(ports: BackupPorts, journal: Journal) -> BackupInitialised:
    """
    Make the hub's repository.

    Raises:
        RefusedError: there is one already.
    """
    with journal.run("backup-init", ports.scope) as entry:
        entry.audit(Phase.INTENDED, [ports.hub], "make the repository")
        ports.repository.initialise()
        entry.audit(Phase.MADE, [ports.hub], "make the repository")
        entry.note(Outcome.done(ports.hub))
    return BackupInitialised(hub=ports.hub, run_id=entry.run.id)


def list_backups(ports: BackupPorts, journal: Journal, username: str = "") -> BackupsListed:
    """
    List the snapshots of a hub, or those that one learner's home was backed up to.

    Where the repository does not answer, the catalogue does, which knows of shards alone.
    """
    warnings: tuple[str, ...] = ()
    try:
        found = ports.repository.snapshots()
        if username:
            volume = ports.volumes.volume_of(username)
            found = [snapshot for snapshot in found if snapshot.covers(volume)]
    except RefusedError:
        raise
    except CourseOpsError as error:
        warnings = (f"this is what the catalogue remembers: {error}",)
        found = ports.catalogue.snapshots(ports.hub)
        if username:
            shard = shard_tag(ports.copies.shards(ports.hub).get(username, -1))
            found = [it for it in found if it.shard == shard]
    return BackupsListed(
        hub=ports.hub,
        username=username,
        snapshots=tuple(
            ListedSnapshot(
                id=each.id,
                taken_at=each.taken_at,
                of=", ".join(tag for tag in each.tags if tag != AUTO),
                homes=None if STATE in each.tags else len(each.paths) or None,
            )
            for each in found
        ),
        freshness=freshness(ports.hub, ports.copies, ports.rules, journal),
        warnings=warnings,
    )


def check_backup(
    ports: BackupPorts, journal: Journal, *, read_data: bool = False, in_part: bool = False
) -> BackupChecked:
    """
    Verify the repository, with `read_data` every byte in it.

    With `in_part` those of this week's part are read, so that all of them are in twelve weeks.
    """
    part = part_of_week(journal.clock.now().date()) if in_part else None
    with journal.run("backup-check", ports.scope) as entry:
        problems = ports.repository.check(read_data=read_data, part=part)
        entry.note(
            Outcome.failed(ports.hub, problems[0], kind="damaged")
            if problems
            else Outcome.done(ports.hub)
        )
    return BackupChecked(
        hub=ports.hub,
        run_id=entry.run.id,
        read_data=read_data,
        part=part,
        problems=tuple(problems),
    )
