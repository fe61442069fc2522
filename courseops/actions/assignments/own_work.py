"""What one learner has to hand in, what of theirs was collected, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from courseops.actions.assignments.overview import FEEDBACK, scope_of
from courseops.model.assignments.assignment import State
from courseops.model.assignments.manifest import Collected
from courseops.model.run import Status
from courseops.ports.collecting import Collections
from courseops.ports.course import Course
from courseops.ports.records import Runs


@dataclass(frozen=True, kw_only=True)
class OwnAssignment:
    """
    One released assignment as it is for one learner.

    `due_at` is their own deadline, None where there is none; `collected` is their work that was
    taken, the oldest first, each with the number that its receipt has; `is_returned` says that
    there is feedback for them to fetch.
    """

    name: str
    due_at: datetime | None
    is_extended: bool
    collected: tuple[Collected, ...]
    is_returned: bool


def own_work(
    course: Course,
    runs: Runs,
    record: Collections,
    student_id: str,
    extended: Mapping[str, datetime],
) -> tuple[OwnAssignment, ...]:
    """
    List the released assignments of a course as they are for one learner, by deadline.

    `student_id` is what the gradebook calls them; `extended` gives, by assignment, until when they
    were given more time. Of nobody else's work is anything read.
    """
    released = [it for it in course.assignments(counting=False) if it.state is State.RELEASED]
    collected = record.collected_of(course.course_id, student_id)
    scopes = {it.name: scope_of(course.course_id, it.name) for it in released}
    returned = runs.latest_of(student_id, FEEDBACK, list(scopes.values()))
    found = []
    for it in released:
        longer, word = extended.get(it.name), returned.get(scopes[it.name])
        is_extended = it.due_at is not None and longer is not None and longer > it.due_at
        found.append(
            OwnAssignment(
                name=it.name,
                due_at=longer if is_extended else it.due_at,
                is_extended=is_extended,
                collected=tuple(collected.get(it.name, ())),
                is_returned=word is not None and word.status is Status.DONE,
            )
        )
    return tuple(found)
