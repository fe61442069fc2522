"""A semester on this machine: each step is the action that the ordinary command runs.

The class is made up; the hubs, nbgrader, restic and the files are real.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from courseops.actions.assignments import collect_assignment, export_grades, release_assignment
from courseops.actions.grading import autograde, quarantine, release_feedback
from courseops.actions.roster import apply_roster, plan_roster
from courseops.demo.coursework import ASSIGNMENT, play_class
from courseops.demo.stage import COURSE, OTHER_COURSE, TIME_ZONE, Stage, set_up
from courseops.errors import CourseOpsError
from courseops.model.run import Outcome, Status
from courseops.ports import Progress

# Long enough for everyone who is on time to fetch and submit; the late learner waits for it.
_WORKING_SECONDS = 8


class Display(Progress, Protocol):
    """Where the demonstration says what it does."""

    def step(self, title: str) -> AbstractContextManager[Callable[[str], None]]:
        """Open one step; the value is called with each result worth a line."""
        ...


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One line of the closing table."""

    what: str
    result: str


@dataclass(frozen=True, kw_only=True)
class Semester:
    """What happened, and where to look."""

    folder: str
    happened: tuple[Happened, ...]
    worth_opening: tuple[str, ...]


def play(folder: Path, display: Display, *, learners: int = 30) -> Semester:
    """
    Play a semester in `folder`; what it leaves there is the caller's to keep or remove.

    Raises:
        CourseOpsError: a step did not come out as it must.
    """
    with ExitStack() as ending:
        with display.step("Two JupyterHubs start, with the least rights") as tell:
            stage = ending.enter_context(set_up(folder, learners, display))
            for name, hub in stage.hubs.items():
                tell(f"{name} at {hub.url}")
        player = _Player(stage, display)
        ending.callback(player.close)
        return player.play()


class _Player:
    """Plays the steps in order, and keeps what each came to for the closing table."""

    def __init__(self, stage: Stage, display: Display) -> None:
        self._stage = stage
        self._site = stage.site
        self._journal = stage.site.journal
        self._display = display
        self._background = ThreadPoolExecutor(1)
        self._happened: list[Happened] = []
        self._worth_opening: list[str] = []

    def close(self) -> None:
        """Wait for what still runs in the background."""
        self._background.shutdown(cancel_futures=True)

    def play(self) -> Semester:
        """Play every step."""
        for title, step in (
            ("The class list reaches hub, groups and gradebook", self._sync),
            ("An assignment goes out, the class works on it", self._release),
            ("Collected, graded, returned", self._grade),
        ):
            with self._display.step(title) as tell:
                for line in step():
                    tell(line)
        return Semester(
            folder=str(self._stage.folder),
            happened=tuple(self._happened),
            worth_opening=tuple(self._worth_opening),
        )

    def _sync(self) -> Iterator[str]:
        for course_id in (COURSE, OTHER_COURSE):
            ports = self._site.roster_ports(course_id)
            planned = plan_roster(ports, self._journal)
            applied = apply_roster(ports, self._journal, fingerprint=planned.fingerprint)
            _insist(applied.outcomes)
            again = plan_roster(ports, self._journal)
            if again.changes:
                raise CourseOpsError(f"a second plan for {course_id} is not empty")
            yield f"{course_id}: {planned.source}"
            yield f"{len(planned.changes)} changes made; a second plan is empty"
            self._tell(f"{course_id}: people enrolled", len(applied.outcomes))

    def _release(self) -> Iterator[str]:
        course = self._site.course(COURSE)
        due_at = datetime.now(UTC) + timedelta(
            seconds=_WORKING_SECONDS + len(self._stage.learners) / 10
        )
        released = release_assignment(course, self._journal, ASSIGNMENT, due_at=due_at)
        yield f"{ASSIGNMENT} is {released.came_to}, worth {released.assignment.max_score:g} points"
        submitted = play_class(
            self._stage.learners,
            course_id=COURSE,
            exchange=self._stage.exchange,
            due_at=due_at,
            timezone=TIME_ZONE,
        )
        plays = Counter(learner.play for learner in self._stage.learners)
        yield ", ".join(f"{count} {what}" for what, count in plays.most_common())
        self._tell("submissions handed in", f"{len(submitted)} of {len(self._stage.learners)}")

    def _grade(self) -> Iterator[str]:
        course, gradebook = self._site.course(COURSE), self._site.course(COURSE).gradebook
        collected = collect_assignment(course, self._journal, ASSIGNMENT)
        yield f"{len(collected.outcomes)} submissions collected"
        grader = self._site.grader(COURSE)
        graded = autograde(course, gradebook, grader, self._journal, ASSIGNMENT)
        counts = Counter(outcome.status for outcome in graded.outcomes)
        yield f"{counts[Status.DONE]} graded without trouble"
        for outcome in quarantine(self._journal.runs, COURSE, ASSIGNMENT).outcomes:
            yield f"quarantine: {outcome.subject}: {outcome.reason}"
        feedback = release_feedback(course, self._journal, ASSIGNMENT)
        yield f"{len(feedback.outcomes)} feedback"
        grades = self._stage.folder / "grades.csv"
        exported = export_grades(course, gradebook, self._journal.runs, ASSIGNMENT)
        grades.write_text(exported.as_csv(), newline="")
        self._worth_opening.append(str(grades))

    def _tell(self, what: str, result: object) -> None:
        self._happened.append(Happened(what=what, result=str(result)))


def _insist(outcomes: tuple[Outcome, ...]) -> None:
    """Stop the play when a step failed on anyone."""
    failed = [f"{o.subject}: {o.reason}" for o in outcomes if o.status is Status.FAILED]
    if failed:
        raise CourseOpsError("a step of the demonstration failed", problems=failed)
