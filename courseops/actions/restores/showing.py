"""Show one version of a learner's file, or what is different in it today."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from glob import escape

from courseops.actions.restores.ports import RestorePorts
from courseops.actions.restores.versions import dump, look_up, nowhere, too_early
from courseops.errors import RefusedError
from courseops.model.backups.backup import Volume
from courseops.model.backups.history import version_at
from courseops.model.backups.restore import FileVersion, parts_of
from courseops.model.notebooks.change import difference
from courseops.model.notebooks.view import Line, remark, view

_LARGEST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class VersionShown:
    """
    What `restore show` shows: one version, or with `is_difference` how today's differs from it.

    `teller` is who knew the version, our "catalogue" or the "repository".
    """

    hub: str
    username: str
    version: FileVersion
    teller: str
    is_difference: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class VersionRead:
    """The bytes of one version; `teller` is who knew it, as in `VersionShown`."""

    version: FileVersion
    teller: str
    content: bytes


def read_version(
    ports: RestorePorts,
    username: str,
    path: str,
    *,
    at: datetime | None = None,
    largest_bytes: int = _LARGEST_BYTES,
) -> VersionRead:
    """
    Read a file as the newest snapshot up to `at` holds it.

    Raises:
        RefusedError: no such version is in the backup, or it is too large to be shown.
    """
    volume = ports.volumes.volume_of(username)
    version, teller = _chosen(ports, volume, path, at)
    content = _dumped(ports, volume, version, largest_bytes)
    return VersionRead(version=version, teller=teller, content=content)


def show_version(
    ports: RestorePorts, username: str, path: str, *, at: datetime | None = None
) -> VersionShown:
    """
    Show a file as the newest snapshot up to `at` holds it.

    Raises:
        RefusedError: no such version is in the backup, or it is too large to be shown.
    """
    read = read_version(ports, username, path, at=at)
    return _shown(ports, username, read.version, read.teller, view(path, read.content))


def show_difference(
    ports: RestorePorts, username: str, path: str, *, at: datetime | None = None
) -> VersionShown:
    """
    Show what of a file is different today from what the newest snapshot up to `at` holds.

    Today's is read as the learner, and through no link.

    Raises:
        RefusedError: either of the two cannot be had, or is too large to be shown.
    """
    volume = ports.volumes.volume_of(username)
    version, teller = _chosen(ports, volume, path, at)
    now = ports.placer.read(volume, path, _LARGEST_BYTES)
    if now is None:
        lines: tuple[Line, ...] = (remark("the file is not there any more"),)
    else:
        lines = difference(path, _dumped(ports, volume, version), now)
    return _shown(ports, username, version, teller, lines, is_difference=True)


def _chosen(
    ports: RestorePorts, volume: Volume, path: str, at: datetime | None
) -> tuple[FileVersion, str]:
    parts_of(path)
    known = look_up(ports, volume, [escape(path)])
    versions = known.of(path)
    chosen = version_at(versions, at)
    if chosen is not None:
        return chosen, known.teller
    if versions:
        raise too_early(at, versions)
    raise nowhere(ports, volume, {it.path for it in known.versions})


def _dumped(
    ports: RestorePorts,
    volume: Volume,
    version: FileVersion,
    largest_bytes: int = _LARGEST_BYTES,
) -> bytes:
    if version.size_bytes > largest_bytes:
        raise RefusedError(
            f"{version.path} is too large to be shown ({version.size_bytes} bytes)",
            hint="bring it back into a folder: courseops restore apply … --into FOLDER",
        )
    with ports.placer.stage() as staged:
        dump(ports, volume, version, staged)
        return os.pread(staged, largest_bytes, 0)


def _shown(
    ports: RestorePorts,
    username: str,
    version: FileVersion,
    teller: str,
    lines: tuple[Line, ...],
    *,
    is_difference: bool = False,
) -> VersionShown:
    return VersionShown(
        hub=ports.hub,
        username=username,
        version=version,
        teller=teller,
        is_difference=is_difference,
        lines=lines,
    )
