"""Volumes, the snapshots made of them, and how each learner fared in one.

One snapshot holds every volume of a hub, so a learner's success is not the snapshot's:
it is that the snapshot holds her volume, and that all of it could be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from courseops.model.run import Outcome

# Every snapshot of ours has it.
AUTO = "auto"
SHARD = "shard-"
# What is no learner's: gradebooks, the hub's own database, our own record.
STATE = "state"

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


def outcomes_of(
    volumes: Sequence[Volume],
    held: Collection[str],
    unread: Sequence[Unread],
    accounts: Collection[str] | None,
) -> list[Outcome]:
    """
    Say how each learner fared, in the order of `volumes`.

    `held` are the paths of the volumes found in the new snapshot. A file that vanished
    while it was read leaves the learner done: temporary files of a live home do that.
    `accounts` are the hub's, None if it could not be asked.
    """
    return [_outcome(volume, held, unread, accounts) for volume in volumes]


def _outcome(
    volume: Volume,
    held: Collection[str],
    unread: Sequence[Unread],
    accounts: Collection[str] | None,
) -> Outcome:
    if volume.path not in held:
        return Outcome.failed(
            volume.username,
            f"the snapshot does not hold {volume.path}",
            kind="not-in-snapshot",
            mend="see whether the folder is still there, then run the backup again",
        )
    mine = [each for each in unread if f"{each.path}/".startswith(f"{volume.path}/")]
    lost = [each for each in mine if not each.vanished]
    if lost:
        return Outcome.failed(
            volume.username,
            f"{len(lost)} could not be read, the first is {lost[0].path}: {lost[0].reason}",
            kind="unread",
            mend="make these files readable for whoever runs the backup",
        )
    if mine:
        return Outcome.done(
            volume.username, f"{len(mine)} vanished while they were read", kind="vanished"
        )
    if accounts is not None and volume.username not in accounts:
        return Outcome.done(
            volume.username, "has no account on the hub, is kept all the same", kind="no-account"
        )
    return Outcome.done(volume.username)


def missing_outcomes(
    accounts: Iterable[str], there: Collection[str], backed_up_before: Collection[str]
) -> list[Outcome]:
    """
    Say what it means that an account is not among those who have a volume, in order of names.

    Someone who never started a server has none, and that is no fault; but a volume that
    was backed up once and is gone while the account stays must not pass in silence.
    """
    return [
        Outcome.failed(
            username,
            "was backed up before, but the volume is gone",
            kind="volume-gone",
            mend=f"bring the volume back, or remove the account {username} from the hub",
        )
        if username in backed_up_before
        else Outcome.skipped(username, "has no volume yet", kind="no-volume")
        for username in sorted(set(accounts).difference(there))
    ]
