"""One nbgrader course: gradebook, assignments, grading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # To look at a course is not to mend, release and grade it.
    from courseops.model.assignments.assignment import Assignment, ReleasedNotebook
    from courseops.model.assignments.collection import Submission
    from courseops.model.assignments.grade import Score
    from courseops.model.assignments.graded import GradedWork, WrittenFeedback
    from courseops.model.assignments.mending import Mending
    from courseops.model.assignments.work import Work
    from courseops.model.finding import Finding
    from courseops.model.roster import Person
    from courseops.model.run import Outcome


class Students(Protocol):
    """Whom a gradebook knows."""

    def students(self) -> Mapping[str, Person]:
        """Give the students by nbgrader id: the hub username, unless they are known by another."""
        ...


class Gradebook(Students, Protocol):
    """A course's nbgrader gradebook, as far as the roster is concerned."""

    def put_students(self, people: Sequence[Person]) -> list[Outcome]:
        """Add those that are missing, bring names and e-mail of the others up to date."""
        ...


class CourseWork(Protocol):
    """How far a course's assignments and the work on them are, and no more."""

    @property
    def course_id(self) -> str:
        """Name the course as nbgrader does."""
        ...

    def assignments(self, name: str = "", *, counting: bool = True) -> list[Assignment]:
        """
        List the assignments that have a source, by deadline, then name; or only one of them.

        Without `counting`, their numbers of submissions may be 0, which is quicker.
        """
        ...

    def works(self, names: Sequence[str]) -> Mapping[str, Mapping[str, Work]]:
        """Give everybody's collected work, by assignment and learner, with what it scored."""
        ...


class Course(CourseWork, Protocol):
    """One course's assignments and the work handed in, as nbgrader keeps them."""

    def preflight(self) -> list[Finding]:
        """Say what `doctor` should show: version, exchange, time zone. Raises what cannot start."""
        ...

    def released_notebooks(self, name: str) -> tuple[ReleasedNotebook, ...]:
        """Give what was handed out, as the gradebook remembers it."""
        ...

    def submissions(self, name: str) -> list[Submission]:
        """List the collected work, by learner."""
        ...

    def handed_in(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one collected submission, by name: mended, if they were."""
        ...

    def handed_out(self, name: str) -> dict[str, bytes]:
        """Give the notebooks of the learners' version of an assignment, by name."""
        ...

    def mend(self, name: str, mending: Mending) -> None:
        """
        Keep mended notebooks beside one submission; from now on these are graded.

        They count only as long as the submission is the one that was mended.
        """
        ...

    def graded(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the notebooks of one submission as they were after autograding."""
        ...

    def scores(self, name: str = "") -> list[Score]:
        """Give the gradebook's scores, of one assignment or of all."""
        ...

    def save_gradebook(self) -> None:
        """Keep a copy of the gradebook as it is now, and only the newest few."""
        ...

    def merge(
        self,
        name: str,
        works: Sequence[GradedWork],
        extensions: Mapping[str, float] | None = None,
    ) -> list[Outcome]:
        """
        Put grading results into the gradebook, all in one transaction, then their files.

        Doing so again changes nothing. Points and comments given by hand stay. One that does
        not fit the gradebook fails alone. `extensions`, in seconds by learner, are those that
        the gradebook had no row for when they were granted.
        """
        ...

    def preview(self, name: str, works: Sequence[GradedWork]) -> list[Score]:
        """Give the scores as `merge` would leave them, and leave everything as it is."""
        ...

    def give_feedback(self, name: str, written: Sequence[WrittenFeedback]) -> list[Outcome]:
        """Keep feedback pages with the course, and put them in the exchange."""
        ...

    def feedback(self, name: str, learner: str) -> dict[str, bytes]:
        """Give the feedback pages of one learner as they were last kept, by notebook."""
        ...
