"""Hand assignments out: release to the exchange, on time and only what may be seen; take back.

Before anything reaches the exchange, the teacher's own version has passed nbgrader's
validation, and the learners' version was searched for what was taken out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from courseops.actions.assignments.overview import find_assignment, scope_of
from courseops.actions.journal import Entry, Journal
from courseops.errors import CourseOpsError, PlanRefusedError, RefusedError
from courseops.model.assignments.assignment import Assignment, Released, State
from courseops.model.assignments.leak import find_leaks
from courseops.model.assignments.release import Timetable, remarks_on_due
from courseops.model.run import Ending, Outcome, Phase
from courseops.ports.releasing import Releasing

RELEASE = "assignment-release"
RETRACT = "assignment-retract"
_TO_THE_EXCHANGE = "release to the exchange"


@dataclass(frozen=True, kw_only=True)
class AssignmentReleased:
    """
    What a release came to: how many files went out, with how many cells that count.

    `remarks` say what a person should know: another deadline, a validation left out.
    """

    run_id: str
    course_id: str
    assignment: Assignment
    came_to: Released
    files: int = 0
    cells: int = 0
    validated: bool = True
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DueReleases:
    """What the calendar wanted out, one outcome an assignment."""

    course_id: str
    outcomes: tuple[Outcome, ...]


def release_assignment(
    course: Releasing,
    journal: Journal,
    name: str,
    *,
    due_at: datetime | None = None,
    timetable: Timetable | None = None,
    early: bool = False,
    validate: bool = True,
) -> AssignmentReleased:
    """
    Generate the learners' version of an assignment and release it to the exchange.

    `due_at` comes before the calendar's. Doing so again without a change leaves the exchange
    as it is.

    Raises:
        PlanRefusedError: its time has not come, and it is not said to be released `early`.
        RefusedError: nbgrader would not, a cell does not pass, or something would leak; the
            exchange is as it was.
    """
    before = find_assignment(course, name)
    with journal.run(RELEASE, scope_of(course.course_id, name)) as entry:
        done = _Releasing(course, journal, entry, before, validate=validate)
        return done.carry_out(timetable or Timetable(), due_at, early=early)


class _Releasing:
    """One release under way."""

    def __init__(
        self,
        course: Releasing,
        journal: Journal,
        entry: Entry,
        before: Assignment,
        *,
        validate: bool,
    ) -> None:
        self._course = course
        self._journal = journal
        self._entry = entry
        self._before = before
        self._name = before.name
        self._validate = validate

    def carry_out(
        self, timetable: Timetable, due_at: datetime | None, *, early: bool
    ) -> AssignmentReleased:
        """Go all the way, or stop at the first guard that says no."""
        self._refuse_early(timetable, early=early)
        wanted = due_at or timetable.due_at
        remarks = remarks_on_due(wanted, timetable.due_at, self._before.due_at)
        if not self._validate:
            remarks = ("released without nbgrader's validation, as you wished", *remarks)
        detail = "; ".join(remarks)
        self._entry.audit(Phase.INTENDED, [self._name], _TO_THE_EXCHANGE, detail)
        with self._journal.progress.stage(f"releasing {self._name}", 3) as advance:
            if self._validate:
                self._refuse_failing()
            advance(1)
            self._refuse_leaking()
            advance(1)
            if wanted is not None:
                self._course.set_due(self._name, wanted)
            came_to = self._course.publish(self._name)
            advance(1)
        made = "; ".join(filter(None, (came_to, detail)))
        self._entry.audit(Phase.MADE, [self._name], _TO_THE_EXCHANGE, made)
        self._entry.note(Outcome.done(self._name, came_to))
        return AssignmentReleased(
            run_id=self._entry.run.id,
            course_id=self._course.course_id,
            assignment=find_assignment(self._course, self._name),
            came_to=came_to,
            files=len(self._course.released_files(self._name)),
            cells=sum(len(it.cells) for it in self._course.released_notebooks(self._name)),
            validated=self._validate,
            remarks=remarks,
        )

    def _refuse_early(self, timetable: Timetable, *, early: bool) -> None:
        if timetable.is_early(self._journal.clock.now()) and not early:
            moment = f"{timetable.release_at:%Y-%m-%d %H:%M %Z}"
            raise PlanRefusedError(
                f"{self._name} is not to be released before {moment}",
                hint="release it now all the same with --early, or change the calendar, "
                "[courses.….assignments.…] in config.toml",
            )

    def _refuse_failing(self) -> None:
        failed = self._course.validate(self._name)
        if failed:
            raise RefusedError(
                f"{self._name} does not pass its own tests, with the teacher's solutions",
                problems=[str(cell) for cell in failed],
                hint="mend the source; --no-validate releases it as it is",
            )

    def _refuse_leaking(self) -> None:
        leaks = find_leaks(self._course.generate(self._name))
        if leaks:
            raise RefusedError(
                f"{self._name} would show learners what they must not see",
                problems=[str(leak) for leak in leaks],
                hint="mend the source and release again; the exchange is as it was",
            )


def release_due(
    course: Releasing, journal: Journal, timetables: Mapping[str, Timetable]
) -> DueReleases:
    """
    Release what the calendar wants out by now and is not out yet.

    What a person took back stays so until a person releases it. One assignment's trouble
    never stops the others.
    """
    now = journal.clock.now()
    due = [name for name, timetable in sorted(timetables.items()) if timetable.is_time(now)]
    outcomes = tuple(
        _release_due(course, journal, name, timetables[name])
        for name in due
        if _newest(course, journal, name) not in {RELEASE, RETRACT}
    )
    return DueReleases(course_id=course.course_id, outcomes=outcomes)


def _newest(course: Releasing, journal: Journal, name: str) -> str:
    """Name the last thing that was done to where the assignment is."""
    runs = journal.runs.recent(
        scope=scope_of(course.course_id, name), endings={Ending.DONE}, limit=1000
    )
    return next((run.action for run in runs if run.action in {RELEASE, RETRACT}), "")


def _release_due(course: Releasing, journal: Journal, name: str, timetable: Timetable) -> Outcome:
    try:
        if find_assignment(course, name).state is State.RELEASED:
            # On record, it need not be looked for again.
            with journal.run(RELEASE, scope_of(course.course_id, name)) as entry:
                outcome = Outcome.skipped(name, "it was out already", kind="released")
                entry.note(outcome)
                return outcome
        done = release_assignment(course, journal, name, timetable=timetable)
    except CourseOpsError as error:
        return Outcome.failed(name, error.in_full, kind="not-released", mend=error.hint)
    return Outcome.done(name, done.came_to)
