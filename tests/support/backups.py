"""A hub's backups with everything that can be in memory, and real folders for the homes."""

from dataclasses import replace
from pathlib import Path

import pytest

from courseops.actions.backups.ports import BackupPorts, BackupRules
from courseops.adapters.live.homes import LiveHomes
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.copies import MemoryCatalogue, MemoryCopies
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.memory.upkeep import MemoryUpkeep
from courseops.adapters.memory.usage import MemoryUsage
from courseops.adapters.placing.staged import StagingArea
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import BackupOrder, BackupSummary, Unread
from courseops.model.backups.retention import Judged, Retention
from courseops.model.hub import HubUser
from courseops.model.run import Outcome, Status


class TroubledRepository(MemoryRepository):
    """
    A repository that can be told what goes wrong, and counts what it is asked.

    `refused` are tags of which no snapshot is made; `unread` and `dropped` are what cannot be
    read, and homes that are missing in the next snapshots. If it `sees_no_change`, it says so
    as restic does where no file and no folder is new or another than before.
    """

    def __init__(self, *, clock: FixedClock, initialised: bool = True) -> None:
        super().__init__(clock=clock, initialised=initialised)
        self.refused: set[str] = set()
        self.unread: tuple[Unread, ...] = ()
        self.dropped: set[str] = set()
        self.sees_no_change = False
        self.asked: list[str] = []
        self.orders: list[BackupOrder] = []

    def back_up(self, root, volumes, order=None) -> BackupSummary:
        assert order is not None
        self.asked.append("back_up")
        self.orders.append(order)
        if self.refused.intersection(order.tags):
            raise CourseOpsError("the repository is in a bad mood", hint="cheer it up")
        kept = [volume for volume in volumes if volume.username not in self.dropped]
        paths = tuple(f"{volume.path}/" for volume in volumes)
        mine = tuple(it for it in self.unread if it.path.startswith(paths) or not it.path)
        made = replace(super().back_up(root, kept, order), unread=mine)
        return replace(made, is_unchanged=True) if self.sees_no_change else made

    def holds(self, snapshot_id, paths):
        self.asked.append("holds")
        return super().holds(snapshot_id, paths)

    def snapshots(self):
        self.asked.append("snapshots")
        return super().snapshots()

    def files(self, snapshot_id, folders=()):
        self.asked.append("files")
        return super().files(snapshot_id, folders)

    def changes(self, older_id, newer_id):
        self.asked.append("changes")
        return super().changes(older_id, newer_id)


class CountedUpkeep(MemoryUpkeep):
    """An upkeep that notes what it is asked for."""

    def __init__(self, repository: MemoryRepository) -> None:
        super().__init__(repository, second=MemoryRepository(clock=FixedClock()))
        self.asked: list[str] = []

    def forget(self, retention: Retention, *, dry_run: bool) -> list[Judged]:
        self.asked.append("preview" if dry_run else "forget")
        return super().forget(retention, dry_run=dry_run)


def memory_ports(homes: Path, clock: FixedClock, **changes: object) -> BackupPorts:
    repository = TroubledRepository(clock=clock)
    settings: dict[str, object] = {
        "hub": "campus",
        "volumes": DirectoryVolumes(f"{homes}/{{username}}"),
        "repository": repository,
        "upkeep": CountedUpkeep(repository),
        "catalogue": MemoryCatalogue(),
        "copies": MemoryCopies(),
        "homes": LiveHomes(),
        "sizes": MemoryUsage(),
        "staging": StagingArea(homes.parent / "staging"),
        "rules": BackupRules(),
    }
    return BackupPorts(**{**settings, **changes})  # type: ignore[arg-type]


@pytest.fixture
def ports(homes: Path, clock: FixedClock) -> BackupPorts:
    return memory_ports(homes, clock)


def hub(*names: str, reachable: bool = True) -> MemoryHub:
    return MemoryHub(users=[HubUser(name=name) for name in names], reachable=reachable)


def verdicts(outcomes: tuple[Outcome, ...]) -> dict[str, tuple[Status, str]]:
    return {outcome.subject: (outcome.status, outcome.kind) for outcome in outcomes}
