"""Place a release into learners' homes, and take one back while nobody has it.

For hubs whose learners do not fetch with nbgrader's extension. What lies in a home is the
learner's: a push only adds what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from courseops.actions.assignments.overview import find_assignment, scope_of
from courseops.actions.assignments.releasing import RETRACT
from courseops.actions.journal import Entry, Journal
from courseops.errors import CourseOpsError, PlanRefusedError
from courseops.model.assignments.assignment import State
from courseops.model.assignments.push import Pushed, PushedFile, outcome_of
from courseops.model.backups.backup import Volume
from courseops.model.roster import Role
from courseops.model.run import Outcome, Phase, phase_after
from courseops.ports.backup import Volumes
from courseops.ports.records import Enrolments
from courseops.ports.releasing import Pusher, Releasing

PUSH = "assignment-push"
_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class HomePorts:
    """The homes of a course's hub; `folder` is where in a home the assignment belongs."""

    volumes: Volumes
    pusher: Pusher
    enrolments: Enrolments
    folder: str


@dataclass(frozen=True, kw_only=True)
class AssignmentPushed:
    """What a push placed, or without `applied` would place; `run_id` is empty then."""

    run_id: str
    course_id: str
    name: str
    folder: str
    files: int
    applied: bool
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True)
class AssignmentRetracted:
    """
    A release that was taken back.

    `looked_at` homes hold nothing of it; None says that no home could be looked at.
    """

    run_id: str
    course_id: str
    name: str
    looked_at: int | None


@dataclass(frozen=True, kw_only=True)
class WhoHasIt:
    """Who is known to have an assignment; `looked_at` counts the homes, None if none could be."""

    learners: tuple[str, ...]
    looked_at: int | None


def preview_push(course: Releasing, homes: HomePorts, name: str) -> AssignmentPushed:
    """Say what `push_assignment` would do; write to no home."""
    files, learners = _released(course, name), _learners(course, homes)
    outcomes = _named_outcomes(homes, learners)
    pushed = homes.pusher.push(files, homes.folder, _volumes(homes, learners), dry_run=True)
    outcomes += [outcome_of(each, previewed=True) for each in pushed]
    return _report(course, homes, name, files, outcomes)


def push_assignment(
    course: Releasing, journal: Journal, homes: HomePorts, name: str
) -> AssignmentPushed:
    """
    Place what is missing of a release into the home of each learner of the roster.

    Nothing is overwritten, whoever wrote it: an updated file comes to nobody who has the
    earlier one. One learner's trouble never stops the others.

    Raises:
        CourseOpsError: the assignment is not released, or no learner is on record.
    """
    files, learners = _released(course, name), _learners(course, homes)
    with journal.run(PUSH, scope_of(course.course_id, name)) as entry:
        entry.note(*_named_outcomes(homes, learners))
        volumes = _volumes(homes, learners)
        entry.audit(Phase.INTENDED, [it.username for it in volumes], _change(homes))
        with journal.progress.stage(f"pushing {name}", len(volumes)) as advance:
            for pushed in homes.pusher.push(files, homes.folder, volumes):
                _record(entry, homes, pushed)
                advance(1)
        return _report(course, homes, name, files, entry.outcomes, entry.run.id)


def _record(entry: Entry, homes: HomePorts, pushed: Pushed) -> None:
    outcome = outcome_of(pushed, previewed=False)
    entry.note(outcome)
    detail = ", ".join(pushed.placed) or outcome.reason
    entry.audit(phase_after(outcome), [pushed.username], _change(homes), detail)


def _change(homes: HomePorts) -> str:
    return f"place in {homes.folder}"


def _report(
    course: Releasing,
    homes: HomePorts,
    name: str,
    files: Sequence[PushedFile],
    outcomes: Sequence[Outcome],
    run_id: str = "",
) -> AssignmentPushed:
    return AssignmentPushed(
        run_id=run_id,
        course_id=course.course_id,
        name=name,
        folder=homes.folder,
        files=len(files),
        applied=bool(run_id),
        outcomes=tuple(outcomes),
    )


def _released(course: Releasing, name: str) -> tuple[PushedFile, ...]:
    files = course.released_files(find_assignment(course, name).name)
    if not files:
        raise CourseOpsError(
            f"{name} is not released",
            hint=f"release it first: courseops assignment release {course.course_id} {name}",
        )
    return files


def _learners(course: Releasing, homes: HomePorts) -> list[str]:
    active = homes.enrolments.active(course.course_id)
    learners = sorted({it.person.username for it in active if it.role is Role.LEARNER})
    if not learners:
        raise CourseOpsError(
            f"nobody is on record as a learner of {course.course_id}",
            hint=f"bring the course to its class list: courseops roster apply {course.course_id}",
        )
    return learners


def _volume_or_refusal(homes: HomePorts, learner: str) -> Volume | Outcome:
    try:
        return homes.volumes.volume_of(learner)
    except CourseOpsError as error:
        return Outcome.failed(learner, str(error), kind="invalid-name", mend=error.hint)


def _volumes(homes: HomePorts, learners: Sequence[str]) -> list[Volume]:
    found = (_volume_or_refusal(homes, learner) for learner in learners)
    return [it for it in found if isinstance(it, Volume)]


def _named_outcomes(homes: HomePorts, learners: Sequence[str]) -> list[Outcome]:
    found = (_volume_or_refusal(homes, learner) for learner in learners)
    return [it for it in found if isinstance(it, Outcome)]


def who_has(course: Releasing, homes: HomePorts | None, name: str) -> WhoHasIt:
    """Look for an assignment in the exchange's inbound folder and in every home there is."""
    volumes = homes.volumes.survey().volumes if homes else ()
    having = set(course.waiting(name))
    having.update(_holders(homes, volumes, course.course_id, name) if homes else ())
    return WhoHasIt(learners=tuple(sorted(having)), looked_at=len(volumes) if homes else None)


def _holders(
    homes: HomePorts, volumes: Sequence[Volume], course_id: str, name: str
) -> Iterator[str]:
    # Where a push puts it, and where nbgrader fetches it to: with path_includes_course or not.
    folders = list(dict.fromkeys([homes.folder, f"{course_id}/{name}", name]))
    return (it.username for it in volumes if homes.pusher.holds(it, folders))


def retract_assignment(
    course: Releasing, journal: Journal, homes: HomePorts | None, name: str, *, sure: bool = False
) -> AssignmentRetracted:
    """
    Take a release out of the exchange while nobody has it.

    nbgrader records no fetching: where no home can be looked at, only somebody who is `sure`
    can know.

    Raises:
        PlanRefusedError: somebody has it, or might.
    """
    assignment = find_assignment(course, name)
    if assignment.state is not State.RELEASED:
        raise CourseOpsError(f"{name} is not released: there is nothing to take back")
    with journal.run(RETRACT, scope_of(course.course_id, name)) as entry:
        found = who_has(course, homes, name)
        _refuse_if_had(name, found, assignment.submitted, sure=sure)
        looked = f"{found.looked_at or 0} homes looked at"
        entry.audit(Phase.INTENDED, [name], "take back from the exchange", looked)
        course.retract(name)
        entry.audit(Phase.MADE, [name], "take back from the exchange", looked)
        entry.note(Outcome.done(name, "taken back"))
        return AssignmentRetracted(
            run_id=entry.run.id,
            course_id=course.course_id,
            name=name,
            looked_at=found.looked_at,
        )


def _refuse_if_had(name: str, found: WhoHasIt, submitted: int, *, sure: bool) -> None:
    if found.learners or submitted:
        more = len(found.learners) - _SHOWN
        raise PlanRefusedError(
            f"{name} cannot be taken back: learners have it",
            problems=[
                *found.learners[:_SHOWN],
                *([f"… and {more} more"] if more > 0 else []),
                *([f"{submitted} submissions were collected"] if submitted else []),
            ],
            hint="mend the source and release again: who fetches after that has the new version",
        )
    if found.looked_at is None and not sure:
        raise PlanRefusedError(
            f"whether anybody has fetched {name} cannot be known: no home can be looked at",
            hint="say that nobody has with --yes, or tell where homes are: [hubs.….] homes",
        )
