"""Work as a snapshot of all homes holds it: the newest one that is not after the deadline.

A snapshot that was taken just after for that very deadline, and says so by its tag, comes before
any other.
What is in a snapshot was there when it was taken, whatever its files say of themselves.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from courseops.adapters.collecting.homes import IGNORED
from courseops.model.backup import Snapshot, Volume
from courseops.model.candidate import Bounds, Candidate, NotTakenError, Source, Trouble, refuse_size
from courseops.model.restore import Sighting
from courseops.ports import Repository
from courseops.ports.collecting import Sink

_CHUNK_BYTES = 1 << 20
# What was taken for a deadline is begun when that has passed.
_JUST = timedelta(minutes=5)


def deadline_tag(course_id: str, name: str) -> str:
    """Name the tag of a snapshot that was taken for the deadline of an assignment."""
    return f"deadline:{course_id}/{name}"


class SnapshotWork:
    """The folders of an assignment in the snapshots of a hub's homes."""

    def __init__(
        self,
        *,
        repository: Repository,
        volumes: Callable[[], Mapping[str, Volume]],
        folders: Iterable[str],
        course_id: str,
        bounds: Bounds,
    ) -> None:
        self._repository = repository
        self._volumes = volumes
        self._folders = tuple(folders)
        self._course_id = course_id
        self._bounds = bounds
        self._seen: dict[tuple[str, str], list[Sighting]] = {}

    def candidates(self, name: str, until: Callable[[str], datetime | None]) -> Iterator[Candidate]:
        """List what the right snapshot of each learner holds; who has nothing is not listed."""
        snapshots = self._repository.snapshots()
        tag = deadline_tag(self._course_id, name)
        for learner, volume in self._volumes().items():
            chosen = _chosen([it for it in snapshots if it.covers(volume)], until(learner), tag)
            if chosen is None:
                continue
            places = [it.format(course=self._course_id, assignment=name) for it in self._folders]
            found = self._repository.find(volume, [f"{place}/**" for place in places])
            for place in places:
                files = _files(found, chosen.id, place)
                if files:
                    self._seen[learner, place] = files
                    yield _candidate(learner, place, chosen, files)

    def take(self, name: str, candidate: Candidate, sink: Sink) -> Candidate:  # noqa: ARG002 -- the place says it all
        """Copy one folder out of the snapshot."""
        volume = self._volumes()[candidate.learner]
        _, _, place = candidate.place.partition(":")
        files = self._seen[candidate.learner, place]
        total = sum(it.size_bytes for it in files)
        largest = max(it.size_bytes for it in files)
        trouble = refuse_size(self._bounds, files=len(files), file_bytes=largest, total_bytes=total)
        if trouble is not None:
            raise NotTakenError(trouble)
        for file in files:
            with tempfile.TemporaryFile() as staged:
                self._dump(volume, file, staged.fileno())
                sink.receive(
                    file.path.removeprefix(f"{place}/"),
                    _chunks(staged.fileno(), file.size_bytes),
                    modified_at=file.modified_at,
                )
        return candidate

    def _dump(self, volume: Volume, file: Sighting, to: int) -> None:
        self._repository.dump(volume, file, to)
        if os.fstat(to).st_size != file.size_bytes:
            raise NotTakenError(
                Trouble(
                    kind="damaged",
                    reason=f"the repository gave {os.fstat(to).st_size} of {file.size_bytes} bytes",
                    mend="see what is wrong: courseops backup check",
                )
            )


def _chosen(snapshots: Sequence[Snapshot], until: datetime | None, tag: str) -> Snapshot | None:
    """Give the newest up to a deadline, or the tagged one that was taken just after it."""
    before = [it for it in snapshots if until is None or it.taken_at <= until]
    newest = max(before, key=lambda it: it.taken_at, default=None)
    if until is None:
        return newest
    after = [it for it in snapshots if tag in it.tags and until < it.taken_at <= until + _JUST]
    return min(after, key=lambda it: it.taken_at, default=newest)


def _files(found: Iterable[Sighting], snapshot_id: str, place: str) -> list[Sighting]:
    return [
        it
        for it in found
        if it.snapshot_id == snapshot_id
        and it.path.startswith(f"{place}/")
        and not any(
            fnmatchcase(part, pattern)
            for part in it.path.removeprefix(f"{place}/").split("/")
            for pattern in IGNORED
        )
    ]


def _candidate(
    learner: str, place: str, snapshot: Snapshot, files: Sequence[Sighting]
) -> Candidate:
    newest = max(it.modified_at for it in files)
    return Candidate(
        learner=learner,
        source=Source.SNAPSHOT,
        place=f"{snapshot.id}:{place}",
        claimed_at=min(newest, snapshot.taken_at).astimezone(UTC),
        stamp=snapshot.id,
        owner=f"uid {files[0].uid}",
    )


def _chunks(descriptor: int, size_bytes: int) -> Iterator[bytes]:
    for offset in range(0, size_bytes, _CHUNK_BYTES):
        yield os.pread(descriptor, _CHUNK_BYTES, offset)
