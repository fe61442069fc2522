"""The versions of a file that snapshots hold, and what a restored one is called.

A sighting is one file in one snapshot. Sightings that follow each other with the same time
of change and size are one version; restic itself compares files in this way:
https://restic.readthedocs.io/en/stable/040_backup.html#file-change-detection
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Literal

from courseops.errors import RefusedError

# The longest name of a file on Linux: https://man7.org/linux/man-pages/man0/limits.h.0p.html
NAME_BYTES = 255

# What the name of a restored file gets, and that of the file which made way for one.
RESTORED, MADE_WAY = "restored", "before-restore"


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One file as one snapshot holds it; `path` is relative to the learner's volume."""

    path: str
    snapshot_id: str
    taken_at: datetime
    modified_at: datetime
    size_bytes: int
    mode: int
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class FileVersion:
    """
    One content of a file: the snapshots that hold it reach from the first to `taken_at`.

    `is_deleted` if the newest snapshot of the learner no longer has a file of this name;
    `is_broken` if it is named like a notebook and is known not to read as one.
    """

    path: str
    modified_at: datetime
    size_bytes: int
    snapshot_id: str
    taken_at: datetime
    first_taken_at: datetime
    mode: int = 0o600
    uid: int = 0
    gid: int = 0
    is_deleted: bool = False
    is_broken: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What lies in a learner's volume now, where a restored file would go."""

    kind: str
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True, kw_only=True)
class Content:
    """
    What was read from a snapshot, before it is placed anywhere.

    `is_notebook` says whether it reads as one, and is None for what need not.
    """

    size_bytes: int
    sha256: str
    is_notebook: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Piece:
    """
    One thing to be placed at `path` in a home, with the mode and the owner that it had.

    The bytes of a file are read from `staged`: a descriptor, or the path of a file that was
    staged. A link leads to `target`. Whatever else may lie in a home is never placed.
    """

    path: str
    kind: Literal["file", "folder", "link", "special"] = "file"
    staged: int | str = ""
    target: str = ""
    modified_at: datetime
    mode: int
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, kw_only=True)
class Placed:
    """
    Where one piece came to lie, or by `problem` why it could not be placed.

    `made_way_to` is where what had its name was moved; `is_same` if it lay there already.
    """

    path: str
    lies_at: str = ""
    made_way_to: str = ""
    is_same: bool = False
    problem: str = ""
    mend: str = ""


def versions_of(sightings: Iterable[Sighting]) -> dict[str, tuple[FileVersion, ...]]:
    """Group sightings into the versions of each path, newest first; paths in their order."""
    by_path: defaultdict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        by_path[sighting.path].append(sighting)
    return {path: tuple(_versions(by_path[path])) for path in sorted(by_path)}


def _versions(sightings: Iterable[Sighting]) -> Iterator[FileVersion]:
    newest_first = sorted(sightings, key=lambda sighting: sighting.taken_at, reverse=True)
    for _, group in groupby(newest_first, key=lambda each: (each.modified_at, each.size_bytes)):
        same = list(group)
        yield FileVersion(
            path=same[0].path,
            modified_at=same[0].modified_at,
            size_bytes=same[0].size_bytes,
            snapshot_id=same[0].snapshot_id,
            taken_at=same[0].taken_at,
            first_taken_at=same[-1].taken_at,
            mode=same[0].mode,
            uid=same[0].uid,
            gid=same[0].gid,
        )


def matches(pattern: str, path: str) -> bool:
    """
    Say whether `path` is meant by `pattern`.

    Without a slash the pattern is compared with the name alone, so "hw1.ipynb" is found in
    any folder; with one, folder by folder from the volume's top, where "**" is any number
    of folders.
    """
    if "/" not in pattern:
        return fnmatchcase(path.rpartition("/")[2], pattern)
    return _match_parts(pattern.strip("/").split("/"), path.split("/"))


def _match_parts(patterns: Sequence[str], parts: Sequence[str]) -> bool:
    # How many parts may have been matched so far: many "**" cost no more than one.
    reached = {0}
    for pattern in patterns:
        if pattern == "**":
            reached = set(range(min(reached, default=len(parts) + 1), len(parts) + 1))
        else:
            reached = {
                at + 1 for at in reached if at < len(parts) and fnmatchcase(parts[at], pattern)
            }
    return len(parts) in reached


def parts_of(path: str) -> tuple[str, ...]:
    """
    Split a path inside a volume into its names.

    Raises:
        RefusedError: it could lead out of the volume, or is none.
    """
    parts = tuple(path.split("/"))
    if any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise RefusedError(
            f"{path!r} is not a path inside a home",
            hint="write it from the home's top, without a leading slash: ps1/hw1.ipynb",
        )
    return parts


def leads_inside(path: str, target: str) -> bool:
    """Say whether a link at `path` of a home leads to something in that home, by its words."""
    if target.startswith("/"):
        return False
    depth = path.count("/")
    for part in target.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            return False
    return True


def names_for(name: str, limit: int = 100, *, mark: str = RESTORED) -> list[str]:
    """List the names a restored file may take, first choice first: its own, if it is free."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    marks = [f".{mark}", *(f".{mark}-{number}" for number in range(1, limit - 1))]
    return [name, *(_fit(stem, f"{mark}{dot}{extension}") for mark in marks)]


def _fit(stem: str, ending: str) -> str:
    room = max(0, NAME_BYTES - len(ending.encode(errors="surrogateescape")))
    raw = stem.encode(errors="surrogateescape")
    return f"{raw[:room].decode(errors='ignore')}{ending}" if len(raw) > room else stem + ending
