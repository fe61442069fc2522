"""Note how large homes are, from the look that a backup takes at them anyway.

Size is what is in the files, as a listing shows it, of all that a backup does not exclude; so
files that are too large for a backup count, and a cache does not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from courseops.actions.backups.ports import BackupPorts
from courseops.model.backups.success import HomeLook
from courseops.model.usage.seen import HomeSize


def note_looks(ports: BackupPorts, at: datetime, looks: Mapping[str, HomeLook]) -> None:
    """Note the sizes of homes that were looked at; whose home could not be is left as it was."""
    ports.sizes.note_sizes(
        [
            HomeSize(hub=ports.hub, username=name, at=at, size_bytes=it.size_bytes, files=it.files)
            for name, it in looks.items()
        ]
    )


def note_gone(ports: BackupPorts, at: datetime, there: Collection[str]) -> None:
    """Note that homes take no room any more that are not `there`."""
    ports.sizes.note_sizes(
        [
            replace(it, at=at, size_bytes=0, files=0)
            for it in ports.sizes.sizes(ports.hub, at, at)
            if it.username not in there and (it.size_bytes or it.files)
        ]
    )
