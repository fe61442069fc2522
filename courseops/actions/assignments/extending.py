"""Give one learner more time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from courseops.actions.assignments.collect_ports import CollectPorts
from courseops.actions.assignments.deadlines import Deadlines, terms_of
from courseops.actions.assignments.overview import find_assignment, scope_of
from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.run import Outcome, Phase
from courseops.ports.course import Gradebook

EXTEND = "assignment-extend"


@dataclass(frozen=True, kw_only=True)
class AssignmentExtended:
    """
    Who has until when; `before` is the deadline that held for them until now.

    `in_gradebook` says that nbgrader knows too; it can only where there is a submission.
    """

    run_id: str
    course_id: str
    name: str
    learner: str
    before: datetime
    until: datetime
    in_gradebook: bool


def extend_deadline(
    ports: CollectPorts,
    gradebook: Gradebook,
    journal: Journal,
    name: str,
    learner: str,
    until: datetime,
    *,
    grant: Callable[[str, str, datetime], bool],
) -> AssignmentExtended:
    """
    Keep until when a learner has, and let `grant` tell nbgrader's gradebook at once.

    What comes in from then on is judged by it, and so is what was collected before, with the
    next collection.

    Raises:
        CourseOpsError: nobody is called so, or there is no deadline to extend.
        RefusedError: the learner has as long already.
    """
    terms = terms_of(ports, journal, name, find_assignment(ports.course, name).due_at)
    if learner not in gradebook.students():
        raise CourseOpsError(
            f"nobody called {learner} is in the gradebook",
            hint="the name is the hub username, as in: courseops assignment status COURSE NAME",
        )
    before = Deadlines.of(ports, name, terms).of_learner(learner).due_at
    if before is None:
        raise CourseOpsError(
            f"{name} has no deadline to extend",
            hint="give it one: courseops assignment release COURSE NAME --due TIME",
        )
    if until <= before:
        raise RefusedError(
            f"{learner} has until {before.isoformat(timespec='minutes')} already",
            hint="an extension can only be later than the deadline that holds",
        )
    course_id = ports.course.course_id
    with journal.run(EXTEND, scope_of(course_id, name)) as entry:
        change = f"extend to {until.isoformat()}"
        entry.audit(Phase.INTENDED, [learner], change, f"before: {before.isoformat()}")
        ports.record.extend(course_id, name, learner, until, journal.clock.now())
        in_gradebook = grant(name, learner, until)
        told = "in the gradebook too" if in_gradebook else "the gradebook has no submission yet"
        entry.audit(Phase.MADE, [learner], change, told)
        entry.note(Outcome.done(learner, told))
        return AssignmentExtended(
            run_id=entry.run.id,
            course_id=course_id,
            name=name,
            learner=learner,
            before=before,
            until=until,
            in_gradebook=in_gradebook,
        )
