"""Open a SQLite database one process at a time.

Switching a new file to WAL takes an exclusive lock that SQLite does not wait for, so two
processes that start together could both fail. The lock is `flock` on the folder itself:
no extra file, and let go by the kernel when its holder dies.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from courseops.errors import LockedError

OPEN_TIMEOUT_SECONDS = 60
_PAUSE_SECONDS = 0.02


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """
    Keep other processes from opening a database in `folder`.

    Raises:
        LockedError: another one has been at it for more than `OPEN_TIMEOUT_SECONDS`.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _wait_for(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, folder: Path) -> None:
    give_up = time.monotonic() + OPEN_TIMEOUT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > give_up:
                raise LockedError(
                    f"another courseops is preparing the database in {folder}",
                    hint="wait until it has finished its upgrade",
                ) from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return
