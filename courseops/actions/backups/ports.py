"""What the backup actions read from and write to, for one hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from courseops.model.backups.backup import BackupOrder
from courseops.model.backups.retention import Retention
from courseops.model.hub import scope_of
from courseops.ports.backup import Repository, Staging, Upkeep, Volumes
from courseops.ports.copies import Catalogue, Copies
from courseops.ports.live import Homes, LiveDatabase, Still
from courseops.ports.records import Sizes


@dataclass(frozen=True, kw_only=True)
class BackupRules:
    """What was configured of a hub's backups; the sizes in bytes."""

    per_shard: int = 1000
    exclude: tuple[str, ...] = ()
    largest_bytes: int = BackupOrder().largest_bytes
    stale_after: timedelta = timedelta(hours=36)
    retention: Retention = field(default_factory=Retention)
    append_only: bool = False
    has_second: bool = False

    def order(self, *tags: str, parent: str = "") -> BackupOrder:
        """Say what a snapshot with these tags should be."""
        return BackupOrder(
            tags=tags, parent=parent, exclude=self.exclude, largest_bytes=self.largest_bytes
        )


@dataclass(frozen=True, kw_only=True)
class BackupPorts:
    """One hub's homes and databases, where they are backed up to, and what is known of that."""

    hub: str
    volumes: Volumes
    repository: Repository
    upkeep: Upkeep
    catalogue: Catalogue
    copies: Copies
    homes: Homes
    sizes: Sizes
    staging: Staging
    databases: Sequence[LiveDatabase] = ()
    still: Still | None = None
    rules: BackupRules = BackupRules()

    @property
    def scope(self) -> str:
        """Name the hub as runs and locks do."""
        return scope_of(self.hub)
