"""What the restore actions read from and write to, and what they were asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from courseops.model.backups.restore import FileVersion, parts_of
from courseops.model.backups.restored import Note
from courseops.ports.backup import Placer, Repository, Volumes
from courseops.ports.copies import KnownVersions


@dataclass(frozen=True, kw_only=True)
class RestorePorts:
    """
    What the restore actions need for one hub.

    Without a `catalogue` the repository is asked for everything. `mark_broken` notes there, of a
    hub's learner, a version that is no notebook; `write_note` words the note for the learner,
    where one is wanted.
    """

    hub: str
    volumes: Volumes
    repository: Repository
    placer: Placer
    catalogue: KnownVersions | None = None
    mark_broken: Callable[[str, str, FileVersion], None] | None = None
    write_note: Callable[[Note], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """
    How files are wanted back: as they were `at` a moment, None for the newest copy.

    `to` is a folder of the home that they go to instead of their own; `new_user` the learner
    whose home and whose own they become.

    Raises:
        RefusedError: `to` could lead out of the home.
    """

    username: str
    at: datetime | None = None
    to: str = ""
    in_place: bool = False
    new_user: str = ""

    def __post_init__(self) -> None:
        if self.to:
            parts_of(self.to)

    @property
    def owner(self) -> str:
        """Name whose home the files go to."""
        return self.new_user or self.username

    def target(self, path: str, folder: str | None = None) -> str:
        """Say where a file goes that was wanted by itself, or as part of a folder; "" is a home."""
        if not self.to:
            return path
        above = (path if folder is None else folder).rpartition("/")[0]
        return f"{self.to}/{path.removeprefix(f'{above}/')}"
