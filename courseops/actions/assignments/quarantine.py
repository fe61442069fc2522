"""What could not be graded, or not to the end: why, what would mend it, and mending it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from courseops.actions.assignments.grading import find_released
from courseops.actions.assignments.grading_sieve import ACCEPTED
from courseops.actions.assignments.overview import AUTOGRADE, scope_of, troubles
from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError
from courseops.model.assignments.mending import Mending, propose
from courseops.model.run import Outcome, Phase
from courseops.ports.course import Course
from courseops.ports.records import Runs

MEND = "assignment-quarantine"

_MEND = "keep mended notebooks beside the submission"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What courseops itself could do about one learner's submission, step by step."""

    learner: str
    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class QuarantineList:
    """What could not be graded, or not to the end, why, and what would mend it."""

    course_id: str
    name: str
    outcomes: tuple[Outcome, ...]
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QuarantineMended:
    """Whose work was mended, and can be graded now; or whose was accepted as it is."""

    run_id: str
    course_id: str
    name: str
    outcomes: tuple[Outcome, ...]


def quarantine(course: Course, runs: Runs, name: str) -> QuarantineList:
    """
    List what could not be graded, from the newest outcome of each learner, with proposals.

    Raises:
        CourseOpsError: nothing was ever done with such an assignment.
    """
    if not runs.recent(scope=scope_of(course.course_id, name), limit=1):
        raise CourseOpsError(
            f"nothing was ever done in {course.course_id} with an assignment called {name}",
            hint=f"courseops assignment list {course.course_id} names them",
        )
    found = troubles(runs, course.course_id, name)
    mendings = _mendings(course, name, sorted(found))
    return QuarantineList(
        course_id=course.course_id,
        name=name,
        outcomes=tuple(found[who] for who in sorted(found)),
        proposals=tuple(Proposal(learner=who, steps=it.steps) for who, it in mendings.items()),
    )


def mend(
    course: Course, journal: Journal, name: str, *, students: Sequence[str] = ()
) -> QuarantineMended:
    """
    Mend what is in quarantine and can be mended; of `students` only, if any are named.

    The submissions stay as they are; the mended notebooks lie beside them and are what is
    graded from now on, until the learner submits again.

    Raises:
        CourseOpsError: somebody named is not in quarantine.
    """
    wanted = _in_quarantine(journal.runs, course.course_id, name, students)
    with journal.run(MEND, scope_of(course.course_id, name)) as entry:
        mendings = _mendings(course, name, wanted)
        entry.audit(Phase.INTENDED, mendings, _MEND)
        for learner in wanted:
            mending = mendings.get(learner)
            if mending is None:
                reason = "only a person can mend it"
                entry.note(Outcome.skipped(learner, reason, kind="not-mendable"))
                continue
            steps = "; ".join(mending.steps)
            course.mend(name, mending)
            entry.note(Outcome.done(learner, steps, kind="mended"))
            entry.audit(Phase.MADE, [learner], _MEND, steps)
        return QuarantineMended(
            run_id=entry.run.id,
            course_id=course.course_id,
            name=name,
            outcomes=tuple(entry.outcomes),
        )


def accept(
    course: Course, journal: Journal, name: str, students: Sequence[str]
) -> QuarantineMended:
    """
    Let the scores of named learners stand, although something about their work is odd.

    Raises:
        CourseOpsError: somebody named is not in quarantine, or has no score to let stand.
    """
    wanted = _in_quarantine(journal.runs, course.course_id, name, students)
    scored = {it.learner for it in course.submissions(name) if it.graded}
    without = [who for who in wanted if who not in scored]
    if without:
        raise CourseOpsError(
            f"there is no score to let stand for {', '.join(without)}",
            hint="mend the work (quarantine --apply), or ask for another submission",
        )
    # A word on grading, so that it stands until the work is graded again.
    with journal.run(AUTOGRADE, scope_of(course.course_id, name)) as entry:
        entry.audit(Phase.MADE, wanted, "let the score stand")
        entry.note(*(Outcome.done(who, "looked at by a person", kind=ACCEPTED) for who in wanted))
        return QuarantineMended(
            run_id=entry.run.id,
            course_id=course.course_id,
            name=name,
            outcomes=tuple(entry.outcomes),
        )


def _in_quarantine(runs: Runs, course_id: str, name: str, students: Sequence[str]) -> Sequence[str]:
    there = troubles(runs, course_id, name)
    unknown = sorted(set(students) - there.keys())
    if unknown:
        raise CourseOpsError(
            f"{', '.join(unknown)} is not in quarantine",
            hint=f"courseops assignment quarantine {course_id} {name} lists who is",
        )
    return sorted(set(students) or there)


def _mendings(course: Course, name: str, learners: Sequence[str]) -> Mapping[str, Mending]:
    collected = {it.learner for it in course.submissions(name)}
    wanted = [who for who in learners if who in collected]
    if not wanted:
        return {}
    released, handed_out = find_released(course, name), course.handed_out(name)
    found = (propose(who, course.handed_in(name, who), released, handed_out) for who in wanted)
    return {it.learner: it for it in found if it is not None and it.steps}
