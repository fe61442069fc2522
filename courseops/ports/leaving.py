"""What somebody's leaving needs from outside: a place for archives, and what takes a home away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from courseops.model.backups.backup import Volume
from courseops.model.leaving.parting import Archived, KeptFile, Receipt


class Archives(Protocol):
    """A folder with one archive for each person who left, and their receipts."""

    @property
    def place(self) -> str:
        """Say where it is."""
        ...

    def receipts(self, hub: str) -> list[Receipt]:
        """
        Give the receipts of a hub, oldest first.

        Only those that our key signed, and whose archives are there in their size.
        """
        ...

    def write(self, snapshot_id: str, volume: Volume, name: str) -> Archived:
        """
        Keep all of a volume as a snapshot holds it; give what was read back from the disk.

        `name` is that of the archive, without an ending.

        Raises:
            CourseOpsError: it could not be restored, written, or read back as it was.
        """
        ...

    def insist_on(self, archived: Archived) -> None:
        """
        Read an archive once more.

        Raises:
            CourseOpsError: it is not there, or not what was written.
        """
        ...

    def keep(self, receipt: Receipt) -> str:
        """Keep a signed receipt beside its archive, in place of an earlier one; say where."""
        ...


class Remover(Protocol):
    """What takes a learner's home away, and nothing that is not kept elsewhere."""

    def obstacle(self, volume: Volume) -> str:
        """Say why a volume cannot be removed from here; empty if it can."""
        ...

    def unkept(self, volume: Volume, kept: Sequence[KeptFile]) -> list[str]:
        """
        Give what lies in a volume and is not, with this size and time of change, in `kept`.

        Raises:
            CourseOpsError: the volume cannot be looked into.
        """
        ...

    def remove(self, volume: Volume, kept: Sequence[KeptFile]) -> list[str]:
        """
        Remove a volume, as the learner and through no link; give what is still there.

        Whatever is not in `kept` as it is now stays, and so does what is on another file
        system. Doing so again, for what an earlier removal left, is safe.

        Raises:
            CourseOpsError: nothing was removed.
        """
        ...
