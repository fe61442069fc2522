"""Put restored files into a new folder outside of every home, for graders and disputes.

They are written as whoever runs the command, who alone may enter the folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from courseops.adapters.folders import FOLDER
from courseops.adapters.placing.batches import Owner
from courseops.adapters.placing.homes import Placing
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Standing, parts_of


class FolderPlacer(Placing):
    """Places files in `folder`, which is made when it is first needed; never among `homes`."""

    def __init__(self, *, folder: Path, homes: Callable[[], Iterable[Path]], staging: Path) -> None:
        super().__init__(staging)
        self._folder = folder
        self._homes = homes
        self._is_ours = False

    def standing(self, volume: Volume, path: str) -> Standing | None:  # noqa: ARG002 -- the port's
        """
        Say that nothing lies there: the folder is new, or empty.

        Raises:
            RefusedError: it can be neither.
        """
        parts_of(path)
        self._insist_on_new()
        return None

    @contextmanager
    def _opened(self, volume: Volume) -> Iterator[int]:  # noqa: ARG002 -- all of it is ours
        if not self._is_ours:
            self._insist_on_new()
            self._folder.mkdir(mode=0o700, exist_ok=True)
        opened = os.open(self._folder, FOLDER)
        try:
            status = os.fstat(opened)
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
                raise RefusedError(
                    f"others may enter {self._folder}", hint="name one that is not there yet"
                )
            self._is_ours = True
            yield opened
        finally:
            os.close(opened)

    def _owner(
        self,
        volume: Volume,  # noqa: ARG002 -- whoever's it was, it becomes ours
        top: os.stat_result,  # noqa: ARG002
        uid: int = 0,  # noqa: ARG002
        gid: int = 0,  # noqa: ARG002
    ) -> Owner:
        return None

    def _insist_on_new(self) -> None:
        if self._is_ours:
            return
        try:
            place = self._folder.parent.resolve(strict=True) / self._folder.name
            taken = place.is_symlink() or (place.exists() and not _is_empty(place))
        except OSError as error:
            raise CourseOpsError(
                f"{self._folder} cannot be made: {error.strerror}",
                hint=f"make {self._folder.parent} first, or name another folder",
            ) from error
        if any(place.is_relative_to(home) for home in self._homes()):
            raise RefusedError(
                f"{self._folder} lies among the homes",
                hint="--into is for folders outside of all homes, --to for those in a home",
            )
        if taken:
            raise RefusedError(
                f"{self._folder} is there already", hint="name a folder that is not there yet"
            )
        self._folder = place


def _is_empty(place: Path) -> bool:
    return place.is_dir() and not any(place.iterdir())
