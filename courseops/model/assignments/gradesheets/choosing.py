"""Whose grade is sent, and who is left out and why: nobody is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from courseops.model.assignments.grade import LearnerStanding, Standing
from courseops.model.assignments.gradesheets.order import Entry
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.run import Outcome


@dataclass(frozen=True, kw_only=True)
class Record:
    """
    Who is in the course by our own record, by the name that the gradebook has for them.

    Without any enrolments, open or ended, everybody in the gradebook is a learner.
    """

    active: Mapping[str, Enrolment]
    ended: Mapping[str, Enrolment]

    @property
    def is_kept(self) -> bool:
        """Say whether there is a record at all."""
        return bool(self.active or self.ended)

    def learners(self) -> Iterable[Person]:
        """Give the learners of the course."""
        return (it.person for it in self.active.values() if it.role is Role.LEARNER)

    def is_stranger(self, student_id: str) -> Outcome | None:
        """Say why somebody in the gradebook is no learner of the course; None for a learner."""
        if not self.is_kept:
            return None
        enrolment = self.active.get(student_id)
        if enrolment is not None:
            if enrolment.role is Role.LEARNER:
                return None
            return Outcome.skipped(student_id, f"is {enrolment.role} here", kind="not-a-learner")
        if student_id in self.ended:
            return Outcome.skipped(student_id, "has left the course", kind="dropped")
        return Outcome.skipped(
            student_id, "is in the gradebook, but not in the course", kind="stranger"
        )


def read_record(active: Iterable[Enrolment], ended: Iterable[Enrolment]) -> Record:
    """Index our own record by the gradebook's names."""
    return Record(
        active={it.person.student_id: it for it in active},
        ended={it.person.student_id: it for it in ended},
    )


def of_course(
    standings: Sequence[LearnerStanding], record: Record
) -> tuple[tuple[LearnerStanding, ...], tuple[Outcome, ...]]:
    """
    Give the course's learners with where they stand, and who else is in the gradebook.

    A learner whom the gradebook does not know has handed in nothing. People are as our record
    describes them, where there is one.
    """
    inside: dict[str, LearnerStanding] = {}
    outside: list[Outcome] = []
    for standing in standings:
        student_id = standing.person.student_id
        reason = record.is_stranger(student_id)
        if reason is not None:
            outside.append(reason)
            continue
        enrolment = record.active.get(student_id)
        inside[student_id] = replace(standing, person=enrolment.person) if enrolment else standing
    for person in record.learners():
        absent = LearnerStanding(person=person, standing=Standing.NOT_SUBMITTED)
        inside.setdefault(person.student_id, absent)
    return tuple(inside[it] for it in sorted(inside)), tuple(outside)


def choose(
    learners: Iterable[LearnerStanding], *, missing_as_zero: bool = False, provisional: bool = False
) -> tuple[tuple[Entry, ...], tuple[Outcome, ...]]:
    """
    Give the points that are final, and why the other learners have none.

    With `missing_as_zero` whoever handed in nothing gets a 0. With `provisional` so do count
    the points of work that waits for a person: they can still change.
    """
    entries: list[Entry] = []
    left_out: list[Outcome] = []
    for learner in learners:
        why = _why_not(learner)
        points = learner.score.score if learner.score else None
        if why is not None and why.kind == "not-submitted" and missing_as_zero:
            why, points = None, 0.0
        if why is not None and provisional and points is not None:
            why = None
        if why is None and points is not None:
            entries.append(Entry(person=learner.person, points=points))
        elif why is not None:
            left_out.append(why)
    return tuple(entries), tuple(left_out)


def _why_not(learner: LearnerStanding) -> Outcome | None:
    who = learner.person.username
    if learner.standing is Standing.QUARANTINED:
        reason = f"is in quarantine: {learner.reason}"
        mend = "see courseops assignment quarantine"
        return Outcome.skipped(who, reason, kind="quarantined", mend=mend)
    if learner.standing is Standing.NOT_SUBMITTED:
        return Outcome.skipped(who, "handed in nothing", kind="not-submitted")
    if learner.standing is Standing.COLLECTED or learner.score is None:
        mend = "courseops assignment autograde"
        return Outcome.skipped(who, "is not graded yet", kind="not-graded", mend=mend)
    if learner.score.needs_manual_grade:
        mend = "give the points in formgrader"
        return Outcome.skipped(who, "waits for points by hand", kind="by-hand", mend=mend)
    return None
