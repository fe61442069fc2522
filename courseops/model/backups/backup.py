"""Volumes, and the snapshots made of them.

One snapshot holds the volumes of many learners, so a learner's success is not the snapshot's:
`success` says what is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from courseops.model.run import Outcome

# Every snapshot of ours has it.
AUTO = "auto"
SHARD = "shard-"
# What is no learner's: gradebooks, the hub's own database, our own record.
STATE = "state"

# What was taken for a deadline is begun when that has passed, and at most so much later.
JUST_AFTER = timedelta(minutes=5)

_GIB = 1 << 30


def shard_tag(number: int) -> str:
    """Name the tag of a shard."""
    return f"{SHARD}{number:02d}"


def deadline_tag(course_id: str, name: str) -> str:
    """Name the tag of a snapshot that was taken for the deadline of an assignment."""
    return f"deadline:{course_id}/{name}"


@dataclass(frozen=True, kw_only=True)
class Volume:
    """Where one learner's files are: a folder, as a path below the root of all volumes."""

    username: str
    path: str


@dataclass(frozen=True, kw_only=True)
class VolumeSurvey:
    """
    What lies in the root of all volumes; `refused` says what looks like one and is none.

    `warnings` are what a person should know although every volume can be backed up, such as
    who has two of them.
    """

    volumes: tuple[Volume, ...]
    refused: tuple[Outcome, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One moment of a hub's volumes, as the repository names it."""

    id: str
    taken_at: datetime
    paths: tuple[str, ...]
    tags: tuple[str, ...] = ()

    @property
    def shard(self) -> str:
        """Name the part of the hub that it was taken of, as its tags do; empty for any other."""
        return next((tag for tag in self.tags if tag.startswith(SHARD)), "")

    def covers(self, volume: Volume) -> bool:
        """Say whether `volume` was among what the snapshot was made of."""
        # restic stores the sources as absolute paths, even where it was given relative ones.
        return any(f"/{path}".endswith(f"/{volume.path}") for path in self.paths)


@dataclass(frozen=True, kw_only=True)
class Unread:
    """Something below the root that could not be read; what vanished meanwhile is no fault."""

    path: str
    reason: str
    vanished: bool = False


@dataclass(frozen=True, kw_only=True)
class BackupOrder:
    """
    What one snapshot should be.

    `tags` are the ones beside `auto`; `parent` is the snapshot that it is compared with, where
    restic cannot find that by the tags. `exclude` are restic's patterns; a file larger than
    `largest_bytes` is left out, and so are caches. With `is_whole` nothing is.
    """

    tags: tuple[str, ...] = (f"{SHARD}00",)
    parent: str = ""
    exclude: tuple[str, ...] = ()
    largest_bytes: int = 2 * _GIB
    is_whole: bool = False


@dataclass(frozen=True, kw_only=True)
class BackupSummary:
    """
    What one backup took in.

    Where nothing at all had changed, `is_unchanged` says so; `snapshot_id` is then the new
    snapshot, or if restic made none, the one before.
    """

    snapshot_id: str
    is_unchanged: bool = False
    files_new: int
    files_changed: int
    files_unmodified: int
    added_bytes: int
    total_bytes: int
    unread: tuple[Unread, ...] = ()
