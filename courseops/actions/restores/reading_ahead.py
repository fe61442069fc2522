"""Read the first file out of the repository while our own record is being opened.

restic takes half a second to derive its key, and our database some tenths to load: beside each
other they cost whoever waits for one file no more than either.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from courseops.actions.restores.ports import RestorePorts
from courseops.actions.restores.versions import dump
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import FileVersion


class Reading:
    """What reads versions of files, one of which may be read before it is asked for."""

    def __init__(self, ports: RestorePorts, source: Volume) -> None:
        self._ports = ports
        self._source = source
        self._ahead: tuple[FileVersion, int, CourseOpsError | None] | None = None

    @contextmanager
    def ahead(self, version: FileVersion | None) -> Iterator[None]:
        """Read a version now, and keep it until the block is left; None for none."""
        with ExitStack() as held:
            if version is not None:
                staged = held.enter_context(self._ports.placer.stage())
                failure = None
                try:
                    self._dump(version, staged)
                except CourseOpsError as error:
                    # It is told when the file is asked for, and stops none of the others.
                    failure = error
                self._ahead = version, staged, failure
            yield

    @contextmanager
    def read(self, version: FileVersion) -> Iterator[int]:
        """
        Give a version's bytes in a staged file, gone with the block.

        Raises:
            CourseOpsError: they could not be had whole.
        """
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == version:
            _, staged, failure = ahead
            if failure is not None:
                raise failure
            yield staged
            return
        with self._ports.placer.stage() as staged:
            self._dump(version, staged)
            yield staged

    def _dump(self, version: FileVersion, staged: int) -> None:
        dump(self._ports, self._source, version, staged)
