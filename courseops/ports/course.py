"""One nbgrader course: gradebook, assignments, grading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from courseops.model.assignment import Assignment, Released, ReleasedNotebook
from courseops.model.collection import Submission
from courseops.model.finding import Finding
from courseops.model.grade import Score
from courseops.model.roster import Person
from courseops.model.run import Outcome


class Gradebook(Protocol):
    """A course's nbgrader gradebook, as far as the roster is concerned."""

    def students(self) -> Mapping[str, Person]:
        """Give the students by nbgrader id: the hub username, unless they are known by another."""
        ...

    def put_students(self, people: Sequence[Person]) -> list[Outcome]:
        """Add those that are missing, bring names and e-mail of the others up to date."""
        ...


class Course(Protocol):
    """One course's assignments and the work handed in, as nbgrader keeps them."""

    @property
    def course_id(self) -> str:
        """Name the course as nbgrader does."""
        ...

    def preflight(self) -> list[Finding]:
        """Say what `doctor` should show: version, exchange, time zone. Raises what cannot start."""
        ...

    def assignments(self) -> list[Assignment]:
        """List the assignments that have a source, by deadline, then name."""
        ...

    def release(self, name: str, *, due_at: datetime | None = None) -> Released:
        """
        Generate the learners' version and put it in the exchange, unless it is there already.

        Raises:
            RefusedError: nbgrader would not, in its own words.
        """
        ...

    def released_notebooks(self, name: str) -> tuple[ReleasedNotebook, ...]:
        """Give what was handed out, as the gradebook remembers it."""
        ...

    def submissions(self, name: str) -> list[Submission]:
        """List the collected work, by learner."""
        ...

    def handed_in(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one collected submission, by name, untouched."""
        ...

    def graded(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one submission as they were after autograding."""
        ...

    def scores(self, name: str = "") -> list[Score]:
        """Give the gradebook's scores, of one assignment or of all."""
        ...

    def release_feedback(self, name: str, learner: str) -> Outcome:
        """Write the feedback for one learner's graded work, and put it in the exchange."""
        ...


class Grader(Protocol):
    """What runs learners' work against the tests and puts the scores in the gradebook."""

    def grade(self, name: str, learners: Sequence[str], *, workers: int = 0) -> Iterator[Outcome]:
        """
        Grade collected work anew, several at once; 0 workers means as many as suit the machine.

        Each outcome comes as soon as it is known. One submission can fail, whatever is in it,
        but never stop the others: `crash`, `timeout` and `nbgrader` are the kinds.
        """
        ...
