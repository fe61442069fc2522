"""What collecting needs from outside: places where work lies, an archive, a key, a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from courseops.model.assignments.candidate import Bounds, Candidate
from courseops.model.assignments.manifest import Collected, CollectedFile, Manifest


class Sink(Protocol):
    """Where the bytes of one submission go while they are copied; it counts, and it hashes."""

    @property
    def bounds(self) -> Bounds:
        """Say how much it takes."""
        ...

    def receive(self, path: str, chunks: Iterable[bytes], *, modified_at: datetime) -> None:
        """
        Keep one file.

        Raises:
            NotTakenError: its name, its size or the number of files is out of bounds.
        """
        ...


class WorkSource(Protocol):
    """A place where learners' work lies: nbgrader's exchange, homes, snapshots, ngshare."""

    def candidates(self, name: str, until: Callable[[str], datetime | None]) -> Iterable[Candidate]:
        """
        List all the work on an assignment that can be seen, of all learners, in any order.

        `until` gives a learner's deadline; a source that can look into the past looks there.

        Raises:
            CourseOpsError: the place itself cannot be looked into.
        """
        ...

    def take(self, name: str, candidate: Candidate, sink: Sink) -> Candidate:
        """
        Copy the files of one of them as they are, through no link, into `sink`.

        What comes back is the candidate as it was when it was copied.

        Raises:
            NotTakenError: something about it is not as it should be, or it changes meanwhile;
                what `sink` received is worth nothing.
        """
        ...


class Incoming(Sink, Protocol):
    """A submission on its way into the archive; gone with its block unless it is kept."""

    @property
    def files(self) -> tuple[CollectedFile, ...]:
        """List what was received."""
        ...

    def keep(self, folder: str, manifest: bytes, signature: str) -> None:
        """Make it part of the archive, for good, under the name `folder`."""
        ...


class Archive(Protocol):
    """Everything that was ever collected in a course, and the work that nbgrader is shown."""

    def begin(self, name: str, learner: str, bounds: Bounds) -> AbstractContextManager[Incoming]:
        """Open an empty submission of a learner."""
        ...

    def learners(self, name: str) -> list[str]:
        """Name those of whom something is kept."""
        ...

    def folders(self, name: str, learner: str) -> list[str]:
        """Name what is kept of a learner."""
        ...

    def manifest(self, name: str, learner: str, folder: str) -> tuple[bytes, str]:
        """
        Give a manifest as it was kept, and its signature; empty where there is none.

        Raises:
            CourseOpsError: it is there and cannot be read.
        """
        ...

    def differences(self, manifest: Manifest, folder: str) -> tuple[list[str], list[str]]:
        """Compare the files with the manifest: what is altered or too much, what is missing."""
        ...

    def shown(self, name: str) -> Mapping[str, str]:
        """Say which folder's work submitted/ was last made to hold, by learner."""
        ...

    def show(self, name: str, learner: str, folder: str, submitted_at: datetime) -> None:
        """
        Make submitted/ hold the files of a kept submission, in one step, as nbgrader has them.

        What lay there before is gone: whoever calls this has it in the archive.
        """
        ...

    def acknowledge(self, name: str, learner: str, folder: str) -> None:
        """Say that what lies in submitted/ is the work of a kept submission."""
        ...

    def settle(self) -> None:
        """Come back when everything kept is on the disk."""
        ...

    def end(self) -> None:
        """End a collection: come back when what is shown is on the disk, too."""
        ...


class Signer(Protocol):
    """The site's key: what it signed is the site's word."""

    @property
    def key(self) -> str:
        """Give the public key that signs now, in base64."""
        ...

    def keys(self) -> Sequence[str]:
        """Give every public key that ever signed here, the present one first."""
        ...

    def sign(self, content: bytes) -> str:
        """Sign with the present key; give the signature in base64."""
        ...

    def is_ours(self, content: bytes, signature: str) -> bool:
        """Say whether one of our keys signed exactly this."""
        ...


class Collections(Protocol):
    """Our record of what was collected, and of who has more time."""

    def collected(self, course_id: str, assignment: str) -> list[Collected]:
        """List everything collected of an assignment, by learner, then time."""
        ...

    def collected_of(self, course_id: str, learner: str) -> dict[str, list[Collected]]:
        """List what was collected of one learner in a course, by assignment, then time."""
        ...

    def add(self, course_id: str, assignment: str, collected: Sequence[Collected]) -> None:
        """Add to the record, all or nothing; what is in it already stays as it is."""
        ...

    def extensions(self, course_id: str, assignment: str) -> dict[str, datetime]:
        """Say until when those have who were given more time, by learner."""
        ...

    def extend(
        self, course_id: str, assignment: str, learner: str, until: datetime, at: datetime
    ) -> None:
        """Keep until when a learner has; the newest word stands."""
        ...
