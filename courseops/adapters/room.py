"""Room in the staging folder for whole databases and homes, which nobody else may enter."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from courseops.adapters.folders import OwnFolder
from courseops.errors import CourseOpsError

_PREFIX = "backup-"


class StagingRoom:
    """Folders of ours in `staging`."""

    def __init__(self, staging: Path) -> None:
        self._staging = staging

    @contextmanager
    def stage_folder(self, size_bytes: int) -> Iterator[Path]:
        """
        Make an empty folder that only we can enter, with room for so much, gone with the block.

        Raises:
            CourseOpsError: it cannot be had, others may enter it, or the disk is too full.
        """
        own = OwnFolder(self._staging, _PREFIX)
        try:
            free = shutil.disk_usage(own.path).free
            if free < size_bytes:
                raise CourseOpsError(
                    f"{size_bytes / 1e9:.1f} GB do not fit on the disk of {self._staging}, "
                    f"where {free / 1e9:.1f} GB are free",
                    hint="make room, or let site.state in config.toml be on a larger disk",
                )
            yield own.path
        finally:
            own.remove()
