"""What was restored: for the report, for the record, and for the learner's own note."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from courseops.model.backups.restore import Content, FileVersion, Placed, Standing

# How `receipt` ends.
_RECEIPT = re.compile(r", (\d+) bytes, sha256 [0-9a-f]*$")

# A note for a whole home names the first of so many files.
_NOTED_FILES = 100


@dataclass(frozen=True, kw_only=True)
class RestoredFile:
    """
    One file that was restored, or in a preview would be.

    `lies_at` is where, below the home; `standing` what lay at the file's own place before, and
    `made_way_to` where that was moved. With `is_same` the same lay there already. `sha256` is
    empty where a preview did not read the file.
    """

    path: str
    lies_at: str
    snapshot_id: str
    taken_at: datetime
    modified_at: datetime
    size_bytes: int
    sha256: str
    is_notebook: bool | None
    standing: Standing | None
    made_way_to: str = ""
    is_same: bool = False


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a learner is told of one restore, in a file beside what was restored."""

    username: str
    actor: str
    at: datetime
    files: tuple[RestoredFile, ...]

    @property
    def shown(self) -> tuple[RestoredFile, ...]:
        """Give the files that it names."""
        return self.files[:_NOTED_FILES]

    @property
    def folder(self) -> str:
        """Give the innermost folder that all of the files lie in; empty for the home itself."""
        folders = [it.lies_at.split("/")[:-1] for it in self.files]
        shared = []
        for names in zip(*folders, strict=False):
            if len(set(names)) > 1:
                break
            shared.append(names[0])
        return "/".join(shared)


def restored(
    version: FileVersion, content: Content | None, standing: Standing | None, placed: Placed
) -> RestoredFile:
    """Say what became of one version of a file; without `content` it was not read."""
    return RestoredFile(
        path=version.path,
        lies_at=placed.lies_at,
        snapshot_id=version.snapshot_id,
        taken_at=version.taken_at,
        modified_at=version.modified_at,
        size_bytes=content.size_bytes if content else version.size_bytes,
        sha256=content.sha256 if content else "",
        is_notebook=content.is_notebook if content else None,
        standing=standing,
        made_way_to=placed.made_way_to,
        is_same=placed.is_same,
    )


def receipt(snapshot_id: str, taken_at: datetime, content: Content) -> str:
    """Spell for the audit where a file came from and what it holds."""
    return (
        f"from snapshot {snapshot_id} of {taken_at.isoformat()}, "
        f"{content.size_bytes} bytes, sha256 {content.sha256}"
    )


def size_in(said: str) -> int:
    """Read out of a receipt, or what holds one, how many bytes were brought back; else 0."""
    found = _RECEIPT.search(said)
    return int(found[1]) if found else 0


def moment_after(taken_at: datetime) -> str:
    """Spell a moment at which a snapshot counts, as `--at` takes it."""
    after = taken_at.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
    return f"{after:%Y-%m-%dT%H:%M:%SZ}"
