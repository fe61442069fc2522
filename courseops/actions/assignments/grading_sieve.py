"""What keeps collected work from the grader: nothing there, no notebook, or its grade already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from courseops.actions.assignments.grading_desk import ODD, Desk, in_quarantine
from courseops.model.assignments.collection import Submission, examine_graded, is_finished
from courseops.model.run import Outcome, Status

ACCEPTED = "accepted"

# What a grader says of a submission that it could run, but not to the end.
_ENDED = {
    "cpu",
    "crash",
    "forbidden",
    "kernel",
    "memory",
    "nbgrader",
    "output",
    "protocol",
    "timeout",
}


@dataclass(frozen=True, kw_only=True)
class Sieve:
    """What keeps work from the grader: nothing there, no notebook, or its grade already."""

    desk: Desk
    latest: Mapping[str, Outcome]
    regrade: bool
    named: frozenset[str]

    def ready(self, wanted: Sequence[str], collected: Mapping[str, Submission]) -> list[str]:
        """Give those whom the grader should have; note why it should not have the others."""
        sound = [it for it in wanted if self._is_sound(it, collected.get(it))]
        done = [it for it in sound if collected[it].graded and self._is_finished(it)]
        settled = self._unchanged(done) if self.regrade else frozenset(done)
        for learner in sorted(settled):
            self.desk.entry.note(self._as_before(learner))
        hopeless = self._hopeless([it for it in sound if it not in done])
        for learner in sorted(hopeless):
            self.desk.entry.note(self.latest[learner])
        return [it for it in sound if it not in settled | hopeless]

    def _is_sound(self, learner: str, submission: Submission | None) -> bool:
        if submission is None:
            missing = Outcome.skipped(learner, "nothing submitted", kind="not-submitted")
            self.desk.entry.note(missing)
            return False
        problem = self.desk.examine(learner)
        if problem and not problem.partial:
            self.desk.entry.note(in_quarantine(learner, problem))
            return False
        return True

    def _hopeless(self, ungraded: Sequence[str]) -> frozenset[str]:
        """Name those whose work would only end again as it did before."""
        failed = [
            who
            for who in ungraded
            if (before := self.latest.get(who)) is not None
            and before.status is Status.FAILED
            and before.kind in _ENDED
        ]
        return frozenset() if self.regrade else self._unchanged(failed)

    def _unchanged(self, done: Sequence[str]) -> frozenset[str]:
        asked = [it for it in done if it not in self.named]
        ports, name = self.desk.ports, self.desk.name
        before = ports.gradings.digests(ports.course.course_id, name)
        now = ports.grader.digests(name, asked) if asked else {}
        return frozenset(it for it in asked if it in before and before[it] == now.get(it))

    def _is_finished(self, learner: str) -> bool:
        course, name = self.desk.ports.course, self.desk.name
        expected = self.desk.notebooks(learner) & {it.name for it in self.desk.released}
        return is_finished(course.graded(name, learner), expected)

    def _as_before(self, learner: str) -> Outcome:
        before = self.latest.get(learner)
        # What was odd shows in no file; only a person, or another submission, ends it.
        if before is not None and before.kind in (ACCEPTED, ODD):
            return before
        course, name = self.desk.ports.course, self.desk.name
        still = examine_graded(course.graded(name, learner)) or self.desk.examine(learner)
        if still:
            return in_quarantine(learner, still)
        return Outcome.skipped(learner, "has its grade", kind="already-graded")
