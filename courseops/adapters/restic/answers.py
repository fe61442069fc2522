"""Read what restic says with --json, alike for 0.14 to 0.19.

The shapes are restic's own: https://restic.readthedocs.io/en/stable/075_scripting.html
Fields come and go between releases, so what is missing has a default wherever there is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from courseops.errors import CourseOpsError
from courseops.model.backups.backup import BackupSummary, Snapshot, Unread
from courseops.model.backups.restore import Sighting
from courseops.model.backups.retention import Judged

# Objects as json.loads gives them.
Document = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOGIN = re.compile(r"://[^/@\s]+@")
_NO_SUCH_FILE = 2
_HOLDER = re.compile(
    r"by PID (?P<process>\d+) on (?P<machine>\S+) by "
    r".*?created at .*?\((?P<how>[-0-9.hmsµ]+) ago\)",
    re.DOTALL,
)
_TRIED = re.compile(r"\w+\(<[^>]*>[^)]*\) [^:]*: ")
_PRUNED = re.compile(r"^total prune: .*/ *([0-9.]+) ([KMGTP]iB|B)$", re.MULTILINE)
_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50}
_KINDS = ("files", "dirs")
_CHANGES = ("new", "changed")


def documents(said: str) -> Iterator[Document]:
    """Give the JSON objects among the lines that restic wrote, skipping plain text."""
    # Not splitlines(): a file may be named with what it takes for the end of a line.
    return documents_of(said.split("\n"))


def documents_of(lines: Iterable[str]) -> Iterator[Document]:
    """Give the JSON objects among some lines, one by one, skipping plain text."""
    for line in lines:
        if not line.startswith("{"):
            continue
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document


def listing(stdout: bytes) -> list[Document]:
    """
    Read the one JSON array that `snapshots` and `find` answer with.

    Some releases write text after it, and nothing at all when there is nothing to say.

    Raises:
        CourseOpsError: it is no array.
    """
    said = stdout.decode(errors="replace").lstrip()
    try:
        rows = json.JSONDecoder().raw_decode(said)[0] if said else []
    except ValueError as error:
        raise CourseOpsError("restic did not answer with JSON") from error
    if rows is not None and not isinstance(rows, list):
        raise CourseOpsError("restic did not answer with a list")
    return rows or []


def summary(stdout: bytes, unread: tuple[Unread, ...]) -> BackupSummary:
    """
    Read the summary that ends a backup; it names no snapshot where restic made none.

    Raises:
        CourseOpsError: there is none.
    """
    for document in documents(stdout.decode(errors="replace")):
        if document.get("message_type") == "summary":
            changed = (document.get(f"{what}_{how}", 0) for what in _KINDS for how in _CHANGES)
            return BackupSummary(
                snapshot_id=document.get("snapshot_id", ""),
                is_unchanged=not any(changed),
                files_new=document.get("files_new", 0),
                files_changed=document.get("files_changed", 0),
                files_unmodified=document.get("files_unmodified", 0),
                added_bytes=document.get("data_added", 0),
                total_bytes=document.get("total_bytes_processed", 0),
                unread=unread,
            )
    raise CourseOpsError("restic ended well, but did not say what it did")


def unread(stderr: str, root: str) -> tuple[Unread, ...]:
    """Read which files a backup complained about; paths become relative to `root`."""
    found = {}
    for document in documents(stderr):
        if document.get("message_type") == "error" and document.get("item"):
            path = str(document["item"]).removeprefix(root).strip("/")
            found[path] = _unread(path, document.get("error") or {})
    return tuple(found.values())


def _unread(path: str, error: Document) -> Unread:
    if not path:
        # It is about the snapshot before, of which the repository cannot find the top; all is
        # read again then, which brings most of it back.
        return Unread(path="", reason="a part of the repository is missing: check it")
    # Until 0.17 the error is Go's own, with an errno or even nothing; later a sentence.
    text = str(error.get("message", ""))
    vanished = error.get("Err") == _NO_SUCH_FILE or "no such file or directory" in text
    reason = text.rpartition(": ")[2] or str(error.get("Op", "") and f"{error['Op']} failed")
    return Unread(path=path, reason=reason or "not said why", vanished=vanished)


def snapshot(row: Document) -> Snapshot:
    """Read one snapshot."""
    return Snapshot(
        id=row["id"],
        taken_at=moment(row["time"]),
        paths=tuple(row.get("paths") or ()),
        tags=tuple(row.get("tags") or ()),
    )


def files(rows: Iterable[Document]) -> Iterator[tuple[str, Document]]:
    """Give each regular file that `find` met, with the id of the snapshot it is in."""
    for row in rows:
        for match in row.get("matches") or ():
            if match.get("type") == "file":
                yield row["snapshot"], match


def listed(rows: Iterable[Document]) -> Iterator[Sighting]:
    """Read each regular file that `ls` lists; its path is the one below the snapshot's top."""
    seen_in: Snapshot | None = None
    for row in rows:
        if row.get("struct_type") == "snapshot":
            seen_in = snapshot(row)
        elif seen_in is not None and row.get("type") == "file":
            yield sighting(row, path=row["path"].removeprefix("/"), seen_in=seen_in)


def changes(rows: Iterable[Document]) -> Iterator[str]:
    """Read the path of each file, link or the like that `diff` names; folders it names, too."""
    for row in rows:
        # A folder ends with a slash; only that one took the place of a file matters.
        if row.get("message_type") == "change" and (
            not row["path"].endswith("/") or "T" in row["modifier"]
        ):
            yield row["path"].strip("/")


def judged(groups: Iterable[Document]) -> Iterator[Judged]:
    """Read what `forget` keeps, each with its reasons, and what it drops, newest first."""
    for group in groups:
        # Both in the same order; the snapshots among the reasons come without their ids.
        reasons = [tuple(it.get("matches") or ()) for it in group.get("reasons") or ()]
        kept = [
            Judged(snapshot=snapshot(row), reasons=why)
            for row, why in zip(group.get("keep") or (), reasons, strict=True)
        ]
        dropped = [Judged(snapshot=snapshot(row)) for row in group.get("remove") or ()]
        yield from sorted((*kept, *dropped), key=lambda it: it.snapshot.taken_at, reverse=True)


def pruned(said: str) -> int:
    """Read how many bytes `prune` freed, as exactly as it says."""
    found = _PRUNED.search(said)
    return round(float(found[1]) * _UNITS[found[2]]) if found else 0


def copied(said: str) -> int:
    """Read how many snapshots `copy` copied."""
    return len(re.findall(r"^snapshot [0-9a-f]+ saved", said, re.MULTILINE))


def rewritten(said: str) -> int:
    """Read how many snapshots `rewrite` wrote anew."""
    found = re.search(r"^modified (\d+) snapshots", said, re.MULTILINE)
    return int(found[1]) if found else 0


def sighting(row: Document, *, path: str, seen_in: Snapshot) -> Sighting:
    """Read one file that `find` met; an empty file comes without a size."""
    return Sighting(
        path=path,
        snapshot_id=seen_in.id,
        taken_at=seen_in.taken_at,
        modified_at=moment(row["mtime"]),
        size_bytes=row.get("size", 0),
        mode=row.get("mode", 0) & 0o777,
        uid=row.get("uid", 0),
        gid=row.get("gid", 0),
    )


def moment(text: str) -> datetime:
    """Read a time; one that no calendar of ours holds, as a learner may set it, is 1970."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return _EPOCH


@dataclass(frozen=True)
class Holder:
    """Who holds a lock, as far as restic says; `hours` is for how long already."""

    process: str
    machine: str
    hours: int
    how: str

    def __str__(self) -> str:
        """Name the holder in a sentence."""
        return f"another restic, process {self.process} on {self.machine}, for {self.how}"


def holder(stderr: str) -> Holder | None:
    """Read who holds the lock that a command met."""
    found = _HOLDER.search(stderr)
    if found is None:
        return None
    hours = re.match(r"-?(\d+)h", found["how"])
    return Holder(found["process"], found["machine"], int(hours[1]) if hours else 0, found["how"])


def complaint(stderr: str) -> str:
    """Give restic's own sentence about why it failed, without a login it may quote."""
    fatal = [
        str(document["message"])
        for document in documents(stderr)
        if document.get("message_type") == "exit_error" and document.get("message")
    ]
    lines = [line for line in stderr.splitlines() if line.strip() and not line.startswith("{")]
    # Before its last word it says what it tried again, and after it, where in its code it was.
    said = (
        fatal
        or [line for line in lines if line.startswith("Fatal:")]
        or [line for line in lines if not _TRIED.match(line)]
        or lines
    )
    first = said[0].splitlines()[0] if said else "it did not say why"
    return without_login(_TRIED.sub("", first.removeprefix("Fatal: "), count=1))


def without_login(place: str) -> str:
    """Blank the user and password in an address."""
    return _LOGIN.sub("://***@", place)
