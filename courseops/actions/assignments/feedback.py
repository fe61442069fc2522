"""Give graded work back, and a word to those whose work could not be graded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain, groupby

from courseops.actions.assignments.grading_desk import GradingPorts
from courseops.actions.assignments.overview import FEEDBACK, find_assignment, scope_of, troubles
from courseops.actions.assignments.pushing import HomePorts
from courseops.actions.journal import Entry, Journal
from courseops.errors import RefusedError
from courseops.model.assignments.collection import Quarantined
from courseops.model.assignments.graded import WrittenFeedback
from courseops.model.assignments.push import PushedFile, outcome_of
from courseops.model.batches import batches
from courseops.model.run import Outcome, Phase, Status, phase_after
from courseops.ports.course import Course

_GIVE = "release feedback to the exchange"
# Small, for pages are soon written: workers should not wait until others' are put in place.
_BATCH = 5


@dataclass(frozen=True, kw_only=True)
class FeedbackReleased:
    """Who has feedback, and who has none and why."""

    run_id: str
    course_id: str
    name: str
    outcomes: tuple[Outcome, ...]


def release_feedback(
    ports: GradingPorts,
    journal: Journal,
    name: str,
    *,
    workers: int = 0,
    homes: HomePorts | None = None,
) -> FeedbackReleased:
    """
    Write feedback for all graded work and release it; whose work is in quarantine learns why.

    It is written anew each time, because points given by hand change no file. With `homes` it
    is placed there, too, as each learner; a later one lies beside the earlier.
    """
    course = ports.course
    find_assignment(course, name)
    with journal.run(FEEDBACK, scope_of(course.course_id, name)) as entry:
        submissions = course.submissions(name)
        entry.expect(len(submissions))
        graded = [it.learner for it in submissions if it.graded]
        stuck = _stuck(journal, course.course_id, name, {it.learner for it in submissions})
        told = {it.learner for it in stuck} | set(graded)
        left = [it.learner for it in submissions if it.learner not in told]
        reason = "the newest submission is not graded"
        entry.note(*(Outcome.skipped(it, reason, kind="not-graded") for it in left))
        written = chain(
            (it for it in stuck if it.learner not in graded),
            ports.grader.write_feedback(name, graded, workers=workers or ports.workers),
        )
        entry.audit(Phase.INTENDED, sorted(told), _GIVE)
        with journal.progress.stage(f"feedback on {name}", len(told)) as advance:
            for batch in batches(written, _BATCH):
                given = course.give_feedback(name, batch)
                if homes is None:
                    _record(entry, given)
                else:
                    for it in given:
                        _record(entry, [_take_home(course, homes, name, it)])
                advance(len(batch))
        return FeedbackReleased(
            run_id=entry.run.id,
            course_id=course.course_id,
            name=name,
            outcomes=tuple(sorted(entry.outcomes, key=lambda it: it.subject)),
        )


def _record(entry: Entry, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of some learners' feedback; each write waits for the disk."""
    entry.note(*outcomes)
    for (phase, reason), alike in groupby(outcomes, lambda it: (phase_after(it), it.reason)):
        entry.audit(phase, [it.subject for it in alike], _GIVE, reason)


def _stuck(
    journal: Journal, course_id: str, name: str, submitted: set[str]
) -> Sequence[WrittenFeedback]:
    found = troubles(journal.runs, course_id, name)
    return [
        WrittenFeedback(
            learner=who, problem=Quarantined(kind=it.kind, reason=it.reason, mend=it.mend)
        )
        for who, it in sorted(found.items())
        if who in submitted
    ]


def _take_home(course: Course, homes: HomePorts, name: str, given: Outcome) -> Outcome:
    if given.status is not Status.DONE:
        return given
    pages = course.feedback(name, given.subject)
    files = [PushedFile(path=f"{it}.html", content=pages[it]) for it in sorted(pages)]
    version = sha256(b"".join(sha256(it.content).digest() for it in files)).hexdigest()[:8]
    folder = f"{homes.folder}/feedback/{version}"
    try:
        volume = homes.volumes.volume_of(given.subject)
    except RefusedError as error:
        return Outcome.failed(given.subject, str(error), kind="no-home", mend=error.hint)
    for pushed in homes.pusher.push(files, folder, [volume]):
        placed = outcome_of(pushed, previewed=False)
        if placed.status is Status.FAILED:
            return placed
        where = "no home yet" if pushed.kind == "no-home" else f"in {folder}"
        return replace(given, reason=f"{given.reason}, {where}")
    return given
