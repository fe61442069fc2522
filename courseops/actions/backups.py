"""Back up every home of a hub, and say of each learner whether it succeeded.

A snapshot alone proves nothing: after each run we ask the repository which homes it holds.
Nothing here makes a repository because one could not be opened; `initialise` is a command
of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError
from courseops.model.backup import VolumeSurvey, missing_outcomes, outcomes_of
from courseops.model.run import Outcome, Phase, Status
from courseops.ports import Hub, Repository, Volumes


@dataclass(frozen=True, kw_only=True)
class BackupPorts:
    """What the backup actions read from and write to, for one hub."""

    hub: str
    volumes: Volumes
    repository: Repository

    @property
    def scope(self) -> str:
        """Name the hub as runs and locks do."""
        return f"hub/{self.hub}"


@dataclass(frozen=True, kw_only=True)
class BackupRan:
    """What `backup run` did."""

    hub: str
    run_id: str
    snapshot_id: str
    files_new: int
    files_changed: int
    files_unmodified: int
    added_bytes: int
    total_bytes: int
    warnings: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True)
class BackupInitialised:
    """That `backup init` made a repository."""

    hub: str
    run_id: str


@dataclass(frozen=True, kw_only=True)
class ListedSnapshot:
    """One line of `backup list`."""

    id: str
    taken_at: datetime
    homes: int


@dataclass(frozen=True, kw_only=True)
class BackupsListed:
    """What `backup list` shows, newest first; `username` is empty for everyone's."""

    hub: str
    username: str
    snapshots: tuple[ListedSnapshot, ...]


@dataclass(frozen=True, kw_only=True)
class BackupChecked:
    """What `backup check` found; no problems means that all is well."""

    hub: str
    run_id: str
    read_data: bool
    problems: tuple[str, ...]


def run_backup(ports: BackupPorts, journal: Journal, hub: Hub) -> BackupRan:
    """
    Take one snapshot of all homes; one outcome for each account and each home.

    A hub that does not answer is a warning: its homes are backed up all the same.

    Raises:
        CourseOpsError: no snapshot was made.
    """
    with journal.run("backup-run", ports.scope) as entry:
        accounts, warnings = _accounts(hub)
        survey = ports.volumes.survey(_before(ports, journal).union(accounts or ()))
        with journal.progress.stage(f"back up {ports.hub}", len(survey.volumes)) as advance:
            summary = ports.repository.back_up(ports.volumes.root, survey.volumes)
            paths = [volume.path for volume in survey.volumes]
            held = ports.repository.holds(summary.snapshot_id, paths)
            advance(len(paths))
        entry.note(
            *outcomes_of(survey.volumes, held, summary.unread, accounts),
            *survey.refused,
            *_missing(ports, journal, survey, accounts),
        )
    return BackupRan(
        hub=ports.hub,
        run_id=entry.run.id,
        snapshot_id=summary.snapshot_id,
        files_new=summary.files_new,
        files_changed=summary.files_changed,
        files_unmodified=summary.files_unmodified,
        added_bytes=summary.added_bytes,
        total_bytes=summary.total_bytes,
        warnings=(*warnings, *survey.warnings),
        outcomes=tuple(entry.outcomes),
    )


def _accounts(hub: Hub) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    try:
        return frozenset(user.name for user in hub.users()), ()
    except CourseOpsError as error:
        return None, (f"could not ask the hub who has an account: {error}",)


def _missing(
    ports: BackupPorts,
    journal: Journal,
    survey: VolumeSurvey,
    accounts: frozenset[str] | None,
) -> list[Outcome]:
    before = _before(ports, journal)
    there = {volume.username for volume in survey.volumes}
    there |= {outcome.subject for outcome in survey.refused}
    return missing_outcomes(before if accounts is None else accounts, there, before)


def _before(ports: BackupPorts, journal: Journal) -> frozenset[str]:
    """Name those who were found to have a volume before."""
    latest = journal.runs.latest_outcomes("backup-run", ports.scope)
    return frozenset(n for n, outcome in latest.items() if outcome.status is not Status.SKIPPED)


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


def list_backups(ports: BackupPorts, username: str = "") -> BackupsListed:
    """List the snapshots of a hub, or those that one learner's home was backed up to."""
    found = ports.repository.snapshots()
    if username:
        volume = ports.volumes.volume_of(username)
        found = [snapshot for snapshot in found if snapshot.covers(volume)]
    return BackupsListed(
        hub=ports.hub,
        username=username,
        snapshots=tuple(
            ListedSnapshot(id=each.id, taken_at=each.taken_at, homes=len(each.paths))
            for each in found
        ),
    )


def check_backup(ports: BackupPorts, journal: Journal, *, read_data: bool = False) -> BackupChecked:
    """Verify the repository, with `read_data` every byte in it."""
    with journal.run("backup-check", ports.scope) as entry:
        problems = ports.repository.check(read_data=read_data)
        entry.note(
            Outcome.failed(ports.hub, problems[0], kind="damaged")
            if problems
            else Outcome.done(ports.hub)
        )
    return BackupChecked(
        hub=ports.hub, run_id=entry.run.id, read_data=read_data, problems=tuple(problems)
    )
