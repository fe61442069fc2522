"""Work that a learner may have handed in, as it lies somewhere, and when that counts as done.

The time in the name of a submission in nbgrader's exchange is written by the learner's own
process, so it is a claim; a file's time of change (`st_ctime`) is the machine's own, and nobody
but root sets it back. https://github.com/jupyter/nbgrader/issues/1097,
https://man7.org/linux/man-pages/man7/inode.7.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from courseops.errors import RefusedError

# nbgrader's `submit` takes the time, and then copies the files.
CLOCK_TOLERANCE = timedelta(minutes=5)

# The longest that Linux takes: https://man7.org/linux/man-pages/man0/limits.h.0p.html
_NAME_BYTES = 255
_PATH_BYTES = 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Source(StrEnum):
    """Where work was collected from; `SUBMITTED` is what lay in submitted/ and was not ours."""

    EXCHANGE = "exchange"
    HOMES = "homes"
    SNAPSHOT = "snapshot"
    NGSHARE = "ngshare"
    SUBMITTED = "submitted"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why work cannot be taken: a stable word, a sentence, and what would mend it."""

    kind: str
    reason: str
    mend: str = ""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """
    One piece of work where it lies: `place` names it in the words of its source.

    `claimed_at` is what the learner's side says, `witnessed_at` the newest change that a clock
    of ours or the file system's saw, None where there is no such witness. `stamp` changes with
    any file of it. `owner` is the account that the files belong to, `trouble` why it cannot be
    taken, if that can be seen from outside.
    """

    learner: str
    source: Source
    place: str
    claimed_at: datetime
    witnessed_at: datetime | None = None
    stamp: str = ""
    owner: str = ""
    trouble: Trouble | None = None

    def is_contradicted(self) -> bool:
        """Say whether it was changed clearly later than it claims."""
        seen = self.witnessed_at
        return seen is not None and seen - self.claimed_at > CLOCK_TOLERANCE

    def judged_at(self, *, by_claim: bool = False) -> datetime:
        """Give the moment that counts: the claim, unless the witness contradicts it."""
        if by_claim or self.witnessed_at is None or not self.is_contradicted():
            return self.claimed_at
        return self.witnessed_at


class NotTakenError(RefusedError):
    """One piece of work was not taken; `kind` is a stable word for why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reason, hint=trouble.mend)
        self.kind = trouble.kind
        self.trouble = trouble


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much one submission may be; the sizes are nbgrader's own defaults, 100 000 kB."""

    files: int = 500
    file_bytes: int = 100_000_000
    total_bytes: int = 100_000_000
    depth: int = 16


def refuse_name(learner: str) -> Trouble | None:
    """Say why nobody can be called so: a learner's name becomes a folder's."""
    bad = learner in {"", ".", ".."} or "/" in learner or not _is_plain(learner)
    if not bad and len(learner.encode(errors="surrogateescape")) <= _NAME_BYTES:
        return None
    return Trouble(
        kind="invalid-name",
        reason=f"no learner can be called {learner[:80]!r}",
        mend="remove the folder from the exchange's inbound folder",
    )


def refuse_path(path: str, bounds: Bounds) -> Trouble | None:
    """Say why a file of a submission cannot be called so; None if it can."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts) or not _is_plain(path):
        return Trouble(
            kind="invalid-path",
            reason=f"a file is called {path[:80]!r}",
            mend="ask the learner to rename it and submit again",
        )
    raw = [len(part.encode(errors="surrogateescape")) for part in parts]
    if max(raw) > _NAME_BYTES or sum(raw) + len(raw) > _PATH_BYTES:
        return Trouble(
            kind="invalid-path",
            reason=f"the name of {path[:60]!r}… is too long",
            mend="ask the learner to shorten it and submit again",
        )
    if len(parts) > bounds.depth:
        return Trouble(
            kind="too-deep",
            reason=f"{path[:80]!r} lies {len(parts)} folders deep; {bounds.depth} are taken",
            mend="ask the learner to submit again without so many folders",
        )
    return None


def refuse_size(bounds: Bounds, *, files: int, file_bytes: int, total_bytes: int) -> Trouble | None:
    """Say why a submission of so many files, with one so large, is too much; None if it is not."""
    if files > bounds.files:
        return Trouble(
            kind="too-many",
            reason=f"it has more than {bounds.files} files",
            mend="ask the learner to submit again without what the assignment did not ask for, "
            "or raise max_files in the course's [collect]",
        )
    if file_bytes > bounds.file_bytes or total_bytes > bounds.total_bytes:
        what, limit = (
            ("one file", bounds.file_bytes)
            if file_bytes > bounds.file_bytes
            else ("it", bounds.total_bytes)
        )
        return Trouble(
            kind="too-big",
            reason=f"{what} has more than {limit} bytes",
            mend="ask the learner to submit again without large files, "
            "or raise max_file_mb and max_total_mb in the course's [collect]",
        )
    return None


def link_trouble(path: str) -> Trouble:
    """Say that something is a link, and that links are never followed."""
    return Trouble(
        kind="link",
        reason=f"{path[:80]!r} is a link",
        mend="what a link leads to may be anybody's; ask the learner to submit again without",
    )


def special_trouble(path: str) -> Trouble:
    """Say that something is neither a file nor a folder."""
    return Trouble(
        kind="special-file",
        reason=f"{path[:80]!r} is neither a file nor a folder",
        mend="ask the learner to submit again without",
    )


def changing_trouble() -> Trouble:
    """Say that the learner was at work on the files while they were copied, twice."""
    return Trouble(
        kind="changing",
        reason="the files changed while they were copied",
        mend="collect again in a minute",
    )


def _is_plain(text: str) -> bool:
    return _CONTROL.search(text) is None
