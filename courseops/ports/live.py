"""What backups need of the machine that they are made on: homes and databases as they are."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Sighting
from courseops.model.backups.success import HomeLook


class Homes(Protocol):
    """Homes as they are now; no link in them is ever followed."""

    def look(
        self, root: Path, volumes: Sequence[Volume], *, largest_bytes: int, exclude: Sequence[str]
    ) -> dict[str, HomeLook]:
        """
        Say by username what lies in homes, leaving out what a backup with `exclude` would.

        Who may not be looked at, or has too many files to count, is not in the answer.
        """
        ...

    def compare(self, root: Path, volume: Volume, sighting: Sighting, copy: int) -> bool | None:
        """
        Say whether the file in the home has the bytes that the descriptor `copy` has.

        None if it no longer is the file that was backed up: its time of change or size differs.
        """
        ...

    def open_copy(self, restored: str, path: str) -> AbstractContextManager[int]:
        """
        Open a file that was restored below a folder of ours, to be read.

        Raises:
            CourseOpsError: it is not there, or is no plain file.
        """
        ...


class Still(Protocol):
    """A file system that can be made to stand still while it is read."""

    def make(self, moment: datetime) -> Path:
        """
        Make it stand still, and say where the folder of all homes is in it.

        Raises:
            CourseOpsError: it cannot be; nothing of it is left.
        """
        ...

    def remove(self) -> None:
        """
        Take away what was made.

        Raises:
            CourseOpsError: it is still there.
        """
        ...


class LiveDatabase(Protocol):
    """A database in use, which can be copied whole."""

    @property
    def name(self) -> str:
        """Give what it is called: "jupyterhub"."""
        ...

    def preflight(self) -> str:
        """
        Say what it is, having looked whether it can be copied.

        Raises:
            CourseOpsError: it cannot.
        """
        ...

    def copy(self, into: Path) -> bool:
        """
        Put a copy of one unchanging state of it into a folder, under its name.

        Gives False where there is none yet, and need not be.

        Raises:
            CourseOpsError: there is no whole copy; then there is none at all.
        """
        ...
