"""What was collected, to the byte, in a form that can be signed and proved later.

The canonical form is JSON in ASCII with sorted keys and no spaces, so the same manifest has the
same bytes on every machine; the names of learners' files, which need not be UTF-8, survive it
as escapes. SHA-256: https://csrc.nist.gov/pubs/fips/180-4/upd1/final
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from courseops.model.assignments.candidate import Candidate, Source
from courseops.model.assignments.deadline import Deadline

FORMAT = "courseops/collected-1"
_DIGEST_SIGNS = 12


@dataclass(frozen=True, kw_only=True)
class CollectedFile:
    """One file as it was copied; `path` is relative to the submission."""

    path: str
    size_bytes: int
    sha256: str
    modified_at: datetime


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """
    What was taken of one learner, from where, when, by whom, and by which clocks.

    `submitted_at` is the moment that counts; it is `claimed_at` unless `witnessed_at`
    contradicts that. `due_at` and `late_seconds` are as they were when it was collected: an
    extension that is granted later changes no manifest. `key` names the key that signs it.
    """

    course_id: str
    assignment: str
    learner: str
    source: Source
    place: str
    owner: str
    claimed_at: datetime
    witnessed_at: datetime | None
    submitted_at: datetime
    due_at: datetime | None
    late_seconds: float
    remarks: tuple[str, ...]
    collected_at: datetime
    collector: str
    run_id: str
    clock: str
    key: str
    files: tuple[CollectedFile, ...]


@dataclass(frozen=True, kw_only=True)
class Collecting:
    """What all manifests of one collection share."""

    course_id: str
    assignment: str
    collected_at: datetime
    collector: str
    run_id: str
    clock: str
    key: str
    by_claim: bool = False


@dataclass(frozen=True, kw_only=True)
class Collected:
    """One collected submission, as our store lists it; `folder` is its name in the archive."""

    learner: str
    folder: str
    source: Source
    place: str
    stamp: str
    digest: str
    submitted_at: datetime
    collected_at: datetime
    fingerprint: str
    remarks: tuple[str, ...] = ()


class State(StrEnum):
    """What a check of one collected submission came to."""

    OK = "ok"
    ALTERED = "altered"
    MISSING = "missing"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What lies in the archive against what its manifest says, submission by submission."""

    learner: str
    folder: str
    state: State
    reason: str = ""
    fingerprint: str = ""
    submitted_at: datetime | None = None
    files: tuple[CollectedFile, ...] = ()


def manifest_of(
    candidate: Candidate, files: Iterable[CollectedFile], deadline: Deadline, by: Collecting
) -> Manifest:
    """Write down what was taken."""
    submitted_at = candidate.judged_at(by_claim=by.by_claim)
    return Manifest(
        course_id=by.course_id,
        assignment=by.assignment,
        learner=candidate.learner,
        source=candidate.source,
        place=candidate.place,
        owner=candidate.owner,
        claimed_at=candidate.claimed_at,
        witnessed_at=candidate.witnessed_at,
        submitted_at=submitted_at,
        due_at=deadline.due_at,
        late_seconds=deadline.lateness(submitted_at).total_seconds(),
        remarks=("clock",) if candidate.is_contradicted() else (),
        collected_at=by.collected_at,
        collector=by.collector,
        run_id=by.run_id,
        clock=by.clock,
        key=by.key,
        files=tuple(sorted(files, key=lambda it: it.path)),
    )


def content_digest(files: Iterable[CollectedFile]) -> str:
    """Name the content of a submission: the same files with the same bytes, the same name."""
    lines = sorted(f"{it.sha256}  {json.dumps(it.path)}\n" for it in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def folder_of(submitted_at: datetime, digest: str) -> str:
    """Name a submission's folder in the archive, by its time and its content."""
    return f"{submitted_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{digest[:_DIGEST_SIGNS]}"


def fingerprint_of(canonical: bytes) -> str:
    """Name a manifest, so that a receipt can speak of exactly this one."""
    return hashlib.sha256(canonical).hexdigest()


def spell(manifest: Manifest) -> bytes:
    """Write a manifest in its canonical form."""
    files = [vars(it) for it in manifest.files]
    body = {"format": FORMAT, **vars(manifest), "files": files}
    return json.dumps(body, default=_plain, sort_keys=True, separators=(",", ":")).encode("ascii")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{value!r} has no place in a manifest")


def parse(canonical: bytes) -> Manifest:
    """
    Read a manifest.

    Raises:
        ValueError: it is none.
    """
    try:
        body: dict[str, Any] = json.loads(canonical)
        if body.pop("format") != FORMAT:
            raise ValueError("it is of another format")
        body["files"] = tuple(_file(it) for it in body["files"])
        body["source"] = Source(body["source"])
        body["remarks"] = tuple(body["remarks"])
        for name in ("claimed_at", "witnessed_at", "submitted_at", "due_at", "collected_at"):
            body[name] = datetime.fromisoformat(body[name]) if body[name] else None
        return Manifest(**body)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"it is no manifest: {error!r}") from error


def _file(row: dict[str, Any]) -> CollectedFile:
    values = {field.name: row[field.name] for field in fields(CollectedFile)}
    return CollectedFile(**values | {"modified_at": datetime.fromisoformat(row["modified_at"])})


def listed(manifest: Manifest, canonical: bytes, *, folder: str, stamp: str) -> Collected:
    """Give the line of our store that speaks of a manifest."""
    return Collected(
        learner=manifest.learner,
        folder=folder,
        source=manifest.source,
        place=manifest.place,
        stamp=stamp,
        digest=content_digest(manifest.files),
        submitted_at=manifest.submitted_at,
        collected_at=manifest.collected_at,
        fingerprint=fingerprint_of(canonical),
        remarks=manifest.remarks,
    )
