"""What handing out needs from outside: a course that can be released, homes to place it in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Whoever only asks which assignments there are releases none.
    from courseops.model.assignments.assignment import Assignment, Released, ReleasedNotebook
    from courseops.model.assignments.push import Pushed, PushedFile
    from courseops.model.assignments.release import FailedCell, Generated
    from courseops.model.backups.backup import Volume


class Assignments(Protocol):
    """A course that can say which assignments it has."""

    @property
    def course_id(self) -> str:
        """Name the course as nbgrader does."""
        ...

    def assignments(self, name: str = "") -> list[Assignment]:
        """List the assignments that have a source, by deadline, then name; or only one of them."""
        ...


class Releasing(Assignments, Protocol):
    """The way of an assignment from the teacher's folder to the exchange, and back."""

    def validate(self, name: str) -> list[FailedCell]:
        """Run the teacher's own version, solutions and hidden tests included; give what fails."""
        ...

    def generate(self, name: str) -> Generated:
        """
        Make the learners' version in the course's folder; the exchange stays as it is.

        Raises:
            RefusedError: nbgrader would not, in its own words.
        """
        ...

    def publish(self, name: str) -> Released:
        """Put what was generated in the exchange, unless the same is there already."""
        ...

    def set_due(self, name: str, due_at: datetime) -> None:
        """Give an assignment its deadline."""
        ...

    def retract(self, name: str) -> None:
        """Take an assignment out of the exchange; what learners have is theirs."""
        ...

    def released_files(self, name: str) -> tuple[PushedFile, ...]:
        """Give what lies in the exchange for learners to fetch, by path; nothing if nothing."""
        ...

    def released_notebooks(self, name: str) -> tuple[ReleasedNotebook, ...]:
        """Give what was handed out, as the gradebook remembers it."""
        ...

    def waiting(self, name: str) -> list[str]:
        """List the learners with work in the exchange, collected before or not."""
        ...


class Pusher(Protocol):
    """What puts a release into learners' homes, as each learner, and never over anything."""

    def push(
        self,
        files: Sequence[PushedFile],
        folder: str,
        volumes: Sequence[Volume],
        *,
        dry_run: bool = False,
    ) -> Iterator[Pushed]:
        """
        Place what is missing below `folder` of each home; give each learner as soon as known.

        What is there stays, whatever it is and whoever put it there; no link is followed.
        With `dry_run` nothing is written.
        """
        ...

    def holds(self, volume: Volume, folders: Sequence[str]) -> str:
        """Give the first of `folders` under which anything lies in a home; empty for none."""
        ...
