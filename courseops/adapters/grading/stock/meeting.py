"""Where a stock kernel's sockets lie: a folder that hostile code writes to, too."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Protocol

from courseops.adapters.grading.kernel.meeting import connect
from courseops.adapters.grading.stock.zmtp import BrokenPeerError


class MeetingPlace(Protocol):
    """A fresh folder for one kernel."""

    @property
    def inside(self) -> str:
        """Give its path as the kernel sees it."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Put a file there for the kernel to read; nothing that is there is followed."""
        ...

    def connect(self, name: str) -> socket.socket | None:
        """
        Connect to a socket there, never through a link; None while nothing listens.

        Raises:
            BrokenPeerError: something else than a socket is there.
        """
        ...

    def remove(self) -> None:
        """Remove it with all that is in it, when the kernel is gone."""
        ...


class SharedFolder:
    """A folder of this machine, which the kernel may see under another name."""

    def __init__(self, folder: Path, *, inside: str) -> None:
        self._folder, self._inside = folder, inside
        folder.mkdir()
        # The kernel may run as somebody else; the folder above lets in nobody but it and us.
        folder.chmod(0o777)

    @property
    def inside(self) -> str:
        """Give its path as the kernel sees it."""
        return self._inside

    def write(self, name: str, content: bytes) -> None:
        """Make a new file that everybody who gets here may read."""
        path = self._folder / name
        with path.open("xb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o644)

    def connect(self, name: str) -> socket.socket | None:
        """Connect by the file itself, whatever its name leads to a moment later."""
        try:
            return connect(str(self._folder / name))
        except ValueError as error:
            raise BrokenPeerError(str(error)) from error

    def remove(self) -> None:
        """Remove it."""
        shutil.rmtree(self._folder, ignore_errors=True)
