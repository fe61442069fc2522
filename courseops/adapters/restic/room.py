"""The room that is left where a repository of this machine is.

restic 0.14 does not always survive a disk that gets full under it: now and then it dies of a
fault of its own, or waits for ever. So we look ourselves.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

# Two of the files that restic gathers data in; a run that adds anything needs as much.
LEAST_FREE_BYTES = 32 << 20
# For so long, restic has neither written nor removed anything on a disk that is as good as full.
_STUCK_SECONDS = 60.0


class Room:
    """Watches how much is free beside a repository; a far one is never full."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._free: int | None = None
        self._since = time.monotonic()

    @property
    def free_bytes(self) -> int | None:
        """Say how much is free; None where we cannot see it."""
        if self._folder is None or not self._folder.is_dir():
            return None
        return shutil.disk_usage(self._folder).free

    def is_scarce(self) -> bool:
        """Say whether there is too little for a run that adds anything."""
        free = self.free_bytes
        return free is not None and free < LEAST_FREE_BYTES

    def is_stuck(self) -> bool:
        """Say, asked again and again, whether it is scarce and nothing has moved for long."""
        free = self.free_bytes
        now = time.monotonic()
        if free != self._free or not self.is_scarce():
            self._free, self._since = free, now
        return now - self._since > _STUCK_SECONDS
