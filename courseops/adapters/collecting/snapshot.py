"""Work as a snapshot of all homes holds it: the newest one that is not after the deadline.

A snapshot that was taken just after for that very deadline, and says so by its tag, comes before
any other.
What is in a snapshot was there when it was taken, whatever its files say of themselves.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from courseops.adapters.closing import Closing
from courseops.adapters.collecting.homes import IGNORED
from courseops.adapters.collecting.staging import Staging, Work
from courseops.model.assignments.candidate import (
    Bounds,
    Candidate,
    NotTakenError,
    Source,
    Trouble,
    refuse_size,
)
from courseops.model.backups.backup import JUST_AFTER, Snapshot, Volume, deadline_tag
from courseops.model.backups.restore import Sighting
from courseops.ports.backup import Repository
from courseops.ports.collecting import Sink

_CHUNK_BYTES = 1 << 20


class SnapshotWork(Closing):
    """
    The folders of an assignment in the snapshots of a hub's homes.

    What is taken is fetched into a folder of its own in `staging`, many learners at a time.
    """

    def __init__(
        self,
        *,
        repository: Repository,
        volumes: Callable[[], Mapping[str, Volume]],
        folders: Iterable[str],
        course_id: str,
        bounds: Bounds,
        staging: Path,
    ) -> None:
        self._repository = repository
        self._volumes = volumes
        self._folders = tuple(folders)
        self._course_id = course_id
        self._bounds = bounds
        self._staging = Staging(repository=repository, place=staging)
        self._seen: dict[tuple[str, str], Work] = {}

    def close(self) -> None:
        """Remove what was fetched."""
        self._staging.close()

    def candidates(self, name: str, until: Callable[[str], datetime | None]) -> Iterator[Candidate]:
        """List what the right snapshot of each learner holds; who has nothing is not listed."""
        volumes = self._volumes()
        chosen = self._choose(name, volumes, until)
        places = [it.format(course=self._course_id, assignment=name) for it in self._folders]
        wanted: defaultdict[Snapshot, list[str]] = defaultdict(list)
        for learner, snapshot in chosen.items():
            wanted[snapshot] += [f"{volumes[learner].path}/{place}" for place in places]
        found = self._repository.files_below(wanted)
        self._seen = {}
        for learner, snapshot in sorted(chosen.items()):
            for place in places:
                folder = f"{volumes[learner].path}/{place}"
                files = tuple(filter(_is_wanted, found.get((snapshot.id, folder), [])))
                if files:
                    work = Work(snapshot_id=snapshot.id, folder=folder, files=files)
                    self._seen[learner, f"{snapshot.id}:{place}"] = work
        # In the order in which they will be asked for.
        self._staging.expect(it for it in self._seen.values() if self._refusal(it) is None)
        for (learner, place), work in self._seen.items():
            yield _candidate(learner, place, chosen[learner], work.files)

    def take(self, name: str, candidate: Candidate, sink: Sink) -> Candidate:  # noqa: ARG002 -- the place says it all
        """Copy one folder out of the snapshot."""
        work = self._seen[candidate.learner, candidate.place]
        trouble = self._refusal(work)
        if trouble is not None:
            raise NotTakenError(trouble)
        for file in work.files:
            with self._staging.open(work, file) as staged:
                _insist_on_whole(staged, file)
                chunks = _chunks(staged, file.size_bytes)
                sink.receive(file.path, chunks, modified_at=file.modified_at)
        return candidate

    def _choose(
        self, name: str, volumes: Mapping[str, Volume], until: Callable[[str], datetime | None]
    ) -> dict[str, Snapshot]:
        snapshots = sorted(self._repository.snapshots(), key=lambda it: it.taken_at, reverse=True)
        tag = deadline_tag(self._course_id, name)
        chosen = {it: _chosen(snapshots, volumes[it], until(it), tag) for it in volumes}
        return {learner: it for learner, it in chosen.items() if it is not None}

    def _refusal(self, work: Work) -> Trouble | None:
        """Say why a folder is not fetched at all, going by what the snapshot says of it."""
        return refuse_size(
            self._bounds,
            files=len(work.files),
            file_bytes=max(it.size_bytes for it in work.files),
            total_bytes=work.size_bytes,
        )


def _chosen(
    newest_first: Sequence[Snapshot], volume: Volume, until: datetime | None, tag: str
) -> Snapshot | None:
    """Give the newest up to a deadline, or the tagged one that was taken just after it."""
    # A snapshot of a large hub names thousands of volumes: it is asked about one last of all.
    if until is not None:
        after = (it for it in newest_first[::-1] if until < it.taken_at <= until + JUST_AFTER)
        tagged = next((it for it in after if tag in it.tags and it.covers(volume)), None)
        if tagged is not None:
            return tagged
    before = (it for it in newest_first if until is None or it.taken_at <= until)
    return next((it for it in before if it.covers(volume)), None)


def _is_wanted(file: Sighting) -> bool:
    parts = file.path.split("/")
    return not any(fnmatchcase(part, pattern) for part in parts for pattern in IGNORED)


def _candidate(
    learner: str, place: str, snapshot: Snapshot, files: Sequence[Sighting]
) -> Candidate:
    newest = max(it.modified_at for it in files)
    return Candidate(
        learner=learner,
        source=Source.SNAPSHOT,
        place=place,
        claimed_at=min(newest, snapshot.taken_at).astimezone(UTC),
        stamp=snapshot.id,
        owner=f"uid {files[0].uid}",
    )


def _insist_on_whole(staged: int, file: Sighting) -> None:
    size_bytes = os.fstat(staged).st_size
    if size_bytes != file.size_bytes:
        raise NotTakenError(
            Trouble(
                kind="damaged",
                reason=f"the repository gave {size_bytes} of {file.size_bytes} bytes",
                mend="see what is wrong: courseops backup check",
            )
        )


def _chunks(descriptor: int, size_bytes: int) -> Iterator[bytes]:
    for offset in range(0, size_bytes, _CHUNK_BYTES):
        yield os.pread(descriptor, _CHUNK_BYTES, offset)
