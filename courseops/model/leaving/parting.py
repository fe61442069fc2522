"""What is kept of somebody who left: an archive, and a receipt that says what became of them.

The receipt's canonical form is JSON in ASCII with sorted keys and no spaces, as a manifest's is,
so that the same receipt has the same bytes on every machine and can be signed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from courseops.model.assignments.manifest import fingerprint_of
from courseops.model.backups.restore import Sighting

FORMAT = "courseops/receipt-of-leaving-1"
ENDING = ".receipt.json"
_MOMENTS = ("archived_at", "erasing_since", "erased_at")
# How Python spells the bytes of a name that is not UTF-8.
_STRAY = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """
    One file in an archive, or one symbolic link, whose content is where it leads.

    `path` is relative to the home; the time of change is in microseconds, as restic's is to us.
    """

    path: str
    size_bytes: int
    sha256: str
    modified_us: int
    is_link: bool = False


@dataclass(frozen=True, kw_only=True)
class Archived:
    """One archive: a file of that `name`, and what was read back from it."""

    name: str
    size_bytes: int
    sha256: str
    files: tuple[KeptFile, ...]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """
    What became of one person's work when they left.

    `archive` is None for who had nothing to keep. Whoever was erased as well has been since
    `erasing_since`, and has nothing left here since `erased_at`. `course_id` is empty for
    somebody who left a hub.
    """

    hub: str
    course_id: str
    username: str
    volume: str
    snapshot_id: str
    archive: Archived | None
    archived_at: datetime
    actor: str
    run_id: str
    erasing_since: datetime | None = None
    erased_at: datetime | None = None

    @property
    def name(self) -> str:
        """Name the receipt's file."""
        return f"{name_for(self.hub, self.username, self.archived_at, self.snapshot_id)}{ENDING}"

    @property
    def files(self) -> tuple[KeptFile, ...]:
        """Give what is kept."""
        return self.archive.files if self.archive else ()

    @property
    def is_open(self) -> bool:
        """Say whether erasing was begun, and not known to have come to its end."""
        return self.erasing_since is not None and self.erased_at is None

    @property
    def words(self) -> str:
        """Say it in one line, for the audit."""
        if self.archive is None:
            return "nothing was there to keep"
        it = self.archive
        size_bytes = sum(each.size_bytes for each in it.files)
        return (
            f"{it.name}: {len(it.files)} files, {size_bytes} bytes, sha256 {it.sha256}, "
            f"from snapshot {self.snapshot_id}"
        )


def name_for(hub: str, username: str, at: datetime, snapshot_id: str) -> str:
    """Name an archive, without its ending; whoever it is of cannot lead it elsewhere."""
    whose = quote(username, safe="@+")
    return "-".join(
        filter(None, (hub, whose, f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}", snapshot_id[:8]))
    )


def lacking(archived: Iterable[KeptFile], held: Iterable[Sighting]) -> list[str]:
    """Give the paths of a snapshot that an archive of it does not hold, whole."""
    there = {(_STRAY.sub("\ufffd", it.path), it.size_bytes) for it in archived if not it.is_link}
    return sorted(it.path for it in held if (it.path, it.size_bytes) not in there)


def spell_receipt(receipt: Receipt) -> bytes:
    """Write a receipt in its canonical form."""
    body = {"format": FORMAT, **vars(receipt)}
    return json.dumps(body, default=_plain, sort_keys=True, separators=(",", ":")).encode("ascii")


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else vars(value)


def parse_receipt(canonical: bytes) -> Receipt:
    """
    Read a receipt.

    Raises:
        ValueError: it is none.
    """
    try:
        body: dict[str, Any] = json.loads(canonical)
        if body.pop("format") != FORMAT:
            raise ValueError("it is of another format")
        if body["archive"]:
            files = tuple(KeptFile(**it) for it in body["archive"]["files"])
            body["archive"] = Archived(**body["archive"] | {"files": files})
        for name in _MOMENTS:
            body[name] = datetime.fromisoformat(body[name]) if body[name] else None
        return Receipt(**body)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"it is no receipt: {error!r}") from error


def receipt_fingerprint(receipt: Receipt) -> str:
    """Name a receipt, so that an audit record can speak of exactly this one."""
    return fingerprint_of(spell_receipt(receipt))
