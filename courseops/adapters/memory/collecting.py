"""Collecting without a disk: work that lies in memory, an archive in memory, a key of its own."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from courseops.model.assignments.candidate import (
    Bounds,
    Candidate,
    NotTakenError,
    changing_trouble,
    refuse_path,
    refuse_size,
)
from courseops.model.assignments.manifest import Collected, CollectedFile, Manifest
from courseops.ports.collecting import Sink

_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class MemorySink:
    """Bytes by path, within bounds."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self.contents: dict[str, bytes] = {}
        self._files: dict[str, CollectedFile] = {}

    @property
    def files(self) -> tuple[CollectedFile, ...]:
        """List what was received."""
        return tuple(self._files.values())

    def receive(self, path: str, chunks: Iterable[bytes], *, modified_at: datetime) -> None:
        """Keep one file."""
        content = b"".join(chunks)
        trouble = refuse_path(path, self.bounds) or refuse_size(
            self.bounds,
            files=len(self._files) + 1,
            file_bytes=len(content),
            total_bytes=sum(map(len, self.contents.values())) + len(content),
        )
        if trouble is not None:
            raise NotTakenError(trouble)
        self.contents[path] = content
        self._files[path] = CollectedFile(
            path=path,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            modified_at=modified_at,
        )


@dataclass
class MemoryWork:
    """Candidates with their files; `changing` counts the takings that still go wrong."""

    works: list[tuple[str, Candidate, dict[str, bytes]]] = field(default_factory=list)
    changing: int = 0
    modified_at: datetime = _LONG_AGO

    def put(self, name: str, candidate: Candidate, files: Mapping[str, bytes]) -> None:
        """Let a learner hand something in."""
        stamp = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
        self.works.append((name, replace(candidate, stamp=candidate.stamp or stamp), dict(files)))

    def candidates(
        self,
        name: str,
        until: Callable[[str], datetime | None],  # noqa: ARG002 -- memory has no past
    ) -> Iterator[Candidate]:
        """List what was handed in."""
        return (candidate for of, candidate, _ in self.works if of == name)

    def take(self, name: str, candidate: Candidate, sink: Sink) -> Candidate:
        """Copy one of them."""
        if candidate.trouble is not None:
            raise NotTakenError(candidate.trouble)
        files = next(
            files
            for of, it, files in self.works
            if (of, it.learner, it.place) == (name, candidate.learner, candidate.place)
        )
        for path, content in files.items():
            sink.receive(path, iter([content]), modified_at=self.modified_at)
        if self.changing:
            self.changing -= 1
            raise NotTakenError(changing_trouble())
        return candidate


@dataclass
class _Kept:
    manifest: bytes
    signature: str
    contents: dict[str, bytes]


class MemoryIncoming(MemorySink):
    """A submission on its way into a memory archive."""

    def __init__(self, kept: dict[str, _Kept], bounds: Bounds) -> None:
        super().__init__(bounds)
        self._kept = kept

    def keep(self, folder: str, manifest: bytes, signature: str) -> None:
        """Keep it."""
        self._kept[folder] = _Kept(manifest, signature, self.contents)


class MemoryArchive:
    """Submissions by assignment, learner and folder; `submitted` is what nbgrader is shown."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], dict[str, _Kept]] = {}
        self.submitted: dict[tuple[str, str], tuple[str, dict[str, bytes], datetime | None]] = {}

    @contextmanager
    def begin(self, name: str, learner: str, bounds: Bounds) -> Iterator[MemoryIncoming]:
        """Open an empty submission."""
        yield MemoryIncoming(self.kept.setdefault((name, learner), {}), bounds)

    def learners(self, name: str) -> list[str]:
        """Name those of whom something is kept."""
        return sorted(learner for of, learner in self.kept if of == name)

    def folders(self, name: str, learner: str) -> list[str]:
        """Name what is kept of a learner."""
        return sorted(self.kept.get((name, learner), {}))

    def manifest(self, name: str, learner: str, folder: str) -> tuple[bytes, str]:
        """Give a manifest and its signature."""
        kept = self.kept.get((name, learner), {}).get(folder)
        return (kept.manifest, kept.signature) if kept else (b"", "")

    def differences(self, manifest: Manifest, folder: str) -> tuple[list[str], list[str]]:
        """Compare the files with the manifest."""
        kept = self.kept[manifest.assignment, manifest.learner][folder].contents
        wanted = {it.path: it.sha256 for it in manifest.files}
        there = {path: hashlib.sha256(content).hexdigest() for path, content in kept.items()}
        altered = [path for path in there if wanted.get(path) != there[path]]
        return sorted(altered), sorted(wanted.keys() - there.keys())

    def shown(self, name: str) -> Mapping[str, str]:
        """Say which folder's work is shown."""
        return {who: shown[0] for (of, who), shown in self.submitted.items() if of == name}

    def show(self, name: str, learner: str, folder: str, submitted_at: datetime) -> None:
        """Show the files of a kept submission."""
        contents = self.kept[name, learner][folder].contents
        self.submitted[name, learner] = (folder, dict(contents), submitted_at)

    def acknowledge(self, name: str, learner: str, folder: str) -> None:
        """Say that what is shown is the work of a kept submission."""
        _, contents, at = self.submitted.get((name, learner), ("", {}, None))
        self.submitted[name, learner] = (folder, contents, at)

    def settle(self) -> None:
        """Do nothing: memory is where it is."""

    def end(self) -> None:
        """Do nothing."""


@dataclass
class MemorySigner:
    """A key that is a word; what it signs, only those who know the word can have signed."""

    key: str = "secret"
    earlier: list[str] = field(default_factory=list)

    def keys(self) -> list[str]:
        """Give every key that ever signed here."""
        return [self.key, *self.earlier]

    def sign(self, content: bytes) -> str:
        """Sign."""
        return hmac.new(self.key.encode(), content, hashlib.sha256).hexdigest()

    def is_ours(self, content: bytes, signature: str) -> bool:
        """Say whether one of the keys signed exactly this."""
        signed = [hmac.new(it.encode(), content, hashlib.sha256).hexdigest() for it in self.keys()]
        return signature in signed


@dataclass
class MemoryCollections:
    """What was collected, and who has more time."""

    _collected: dict[tuple[str, str, str, str], Collected] = field(default_factory=dict)
    _extensions: dict[tuple[str, str, str], datetime] = field(default_factory=dict)

    def collected(self, course_id: str, assignment: str) -> list[Collected]:
        """List everything collected of an assignment, by learner, then time."""
        whose = (course_id, assignment)
        found = [it for key, it in self._collected.items() if key[:2] == whose]
        return sorted(found, key=lambda it: (it.learner, it.submitted_at, it.folder))

    def collected_of(self, course_id: str, learner: str) -> dict[str, list[Collected]]:
        """List what was collected of one learner in a course, by assignment, then time."""
        names = sorted({key[1] for key in self._collected if key[0] == course_id})
        theirs = {
            name: [it for it in self.collected(course_id, name) if it.learner == learner]
            for name in names
        }
        return {name: found for name, found in theirs.items() if found}

    def add(self, course_id: str, assignment: str, collected: Sequence[Collected]) -> None:
        """Add to the record; what is in it already stays as it is."""
        for it in collected:
            self._collected.setdefault((course_id, assignment, it.learner, it.folder), it)

    def extensions(self, course_id: str, assignment: str) -> dict[str, datetime]:
        """Say until when those have who were given more time, by learner."""
        found = self._extensions.items()
        return {who: until for (*whose, who), until in found if whose == [course_id, assignment]}

    def extend(
        self,
        course_id: str,
        assignment: str,
        learner: str,
        until: datetime,
        at: datetime,  # noqa: ARG002 -- memory keeps no dates
    ) -> None:
        """Keep until when a learner has; the newest word stands."""
        self._extensions[course_id, assignment, learner] = until
