"""Bring in learners' work: all of it into the archive, for good, and what counts into submitted/.

A collection adds, it never replaces: whatever lay in submitted/ before is in the archive. Each
learner's own deadline decides what counts; one learner's trouble never stops the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from courseops.actions.assignments.collect_ports import CollectPorts
from courseops.actions.assignments.deadlines import Deadlines, terms_of
from courseops.actions.assignments.overview import COLLECT, find_assignment, scope_of
from courseops.actions.assignments.turns import CollectedWork, Desk
from courseops.actions.journal import Journal
from courseops.model.batches import batches
from courseops.model.run import Outcome

# So many learners are written down at once; a run that is killed does that many again.
_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class AssignmentCollected:
    """What a collection brought in, learner by learner, and what of each counts now."""

    run_id: str
    course_id: str
    name: str
    outcomes: tuple[Outcome, ...]
    submissions: tuple[CollectedWork, ...] = ()


def collect_assignment(
    ports: CollectPorts,
    journal: Journal,
    name: str,
    *,
    students: Sequence[str] = (),
    at: datetime | None = None,
) -> AssignmentCollected:
    """
    Bring in the work of every learner, or of `students` only, and show nbgrader what counts.

    What counts is the last submission up to the learner's own deadline, or up to `at` if that
    is given; where there is none, the last late one. What is there already stays.
    """
    due_at = find_assignment(ports.course, name).due_at
    course_id = ports.course.course_id
    with journal.run(COLLECT, scope_of(course_id, name)) as entry:
        terms = terms_of(ports, journal, name, due_at)
        deadlines = Deadlines.of(ports, name, terms, at)
        desk = Desk(ports, entry, name, deadlines, journal.clock.now())
        desk.look(set(students))
        try:
            with journal.progress.stage(f"collecting {name}", len(desk.learners)) as advance:
                for some in batches(desk.learners, _AT_ONCE):
                    desk.collect(some)
                    advance(len(some))
        finally:
            ports.archive.end()
        return AssignmentCollected(
            run_id=entry.run.id,
            course_id=course_id,
            name=name,
            outcomes=tuple(entry.outcomes),
            submissions=tuple(desk.counting),
        )
