"""The steps of the demonstration's semester, in order.

Each is a generator: it does its work by the ordinary actions, gives a line for each result,
and notes for the closing table what came of it. Whatever did not come out as it must stops
the play.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from courseops.actions.assignments.collecting import collect_assignment
from courseops.actions.assignments.exports import export_grades
from courseops.actions.assignments.feedback import release_feedback
from courseops.actions.assignments.grading import autograde
from courseops.actions.assignments.quarantine import quarantine
from courseops.actions.assignments.releasing import release_assignment
from courseops.actions.backups.drills import drill_backup
from courseops.actions.backups.repositories import initialise_backup
from courseops.actions.backups.taking import run_backup
from courseops.actions.restores.restoring import restore
from courseops.actions.restores.versions import find_versions
from courseops.actions.rosters.roster import apply_roster, plan_roster
from courseops.actions.usage.reporting import usage_report
from courseops.adapters import process
from courseops.adapters.pages import usage as usage_page
from courseops.demo.coursework import ASSIGNMENT, NOTEBOOK, Learner, play_class
from courseops.demo.crowd import Crowd
from courseops.demo.stage import COURSE, HUB, OTHER_COURSE, TIME_ZONE, Stage
from courseops.errors import CourseOpsError
from courseops.model.run import Outcome, Status, failures
from courseops.model.usage.seen import Window
from courseops.wiring.backups import backup_ports
from courseops.wiring.collecting import collect_ports
from courseops.wiring.courses import roster_ports
from courseops.wiring.grading import grading_ports
from courseops.wiring.reports import report_request

# Long enough for everyone who is on time to fetch and submit; the late learner waits for it.
_WORKING_SECONDS = 10
_SECONDS_A_LEARNER = 0.15
_LOST, _SPOILED = "notes.txt", f"{ASSIGNMENT}/{NOTEBOOK}.ipynb"


@dataclass
class Notes:
    """What the steps want to be told at the end: (what, value) each."""

    happened: list[tuple[str, str]] = field(default_factory=list)
    worth_opening: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, what: str, value: object) -> None:
        """Note a line of the closing table."""
        self.happened.append((what, str(value)))


def enrol(stage: Stage, notes: Notes) -> Iterator[str]:
    """Bring two courses to their class lists, and see that a second plan is empty."""
    for course_id in (COURSE, OTHER_COURSE):
        ports, journal = roster_ports(stage.site, course_id), stage.site.journal
        planned = plan_roster(ports, journal)
        applied = apply_roster(ports, journal, fingerprint=planned.fingerprint)
        _insist(applied.outcomes)
        if plan_roster(ports, journal).changes:
            raise CourseOpsError(f"a second plan for {course_id} is not empty")
        yield f"{course_id}: {planned.source}"
        yield f"{len(planned.changes)} changes made; a second plan is empty"
        notes.tell(f"{course_id}: in their groups", f"{len(applied.outcomes)} people")


def release_and_work(stage: Stage, notes: Notes) -> Iterator[str]:
    """Release an assignment; the class fetches it, works on it and submits."""
    course = stage.site.course(COURSE)
    working = _WORKING_SECONDS + len(stage.learners) * _SECONDS_A_LEARNER
    due_at = datetime.now(UTC) + timedelta(seconds=working)
    released = release_assignment(course.releasing, stage.site.journal, ASSIGNMENT, due_at=due_at)
    yield f"{ASSIGNMENT} is {released.came_to}, worth {released.assignment.max_score:g} points"
    submitted = play_class(
        stage.learners,
        course_id=COURSE,
        exchange=stage.exchange,
        due_at=due_at,
        timezone=TIME_ZONE,
    )
    plays = Counter(learner.play for learner in stage.learners)
    yield ", ".join(f"{count} {what}" for what, count in plays.most_common())
    notes.tell(f"{ASSIGNMENT}: handed in", f"{len(submitted)} of {len(stage.learners)}")


def grade_and_return(stage: Stage, notes: Notes) -> Iterator[str]:
    """Collect, grade, list the quarantine, give feedback, export; nbgrader reads it afterwards."""
    site, course = stage.site, stage.site.course(COURSE)
    collected = collect_assignment(
        collect_ports(site, COURSE, ASSIGNMENT), site.journal, ASSIGNMENT
    ).outcomes
    yield f"{len(collected)} submissions collected"
    ports = grading_ports(site, COURSE)
    graded = autograde(ports, site.journal, ASSIGNMENT).outcomes
    notes.tell(f"{ASSIGNMENT}: graded without trouble", _count(graded))
    for outcome in quarantine(course, site.journal.runs, ASSIGNMENT).outcomes:
        yield f"quarantine: {outcome.subject}: {outcome.reason}"
        notes.tell(f"{ASSIGNMENT}: in quarantine", f"{outcome.subject}: {outcome.reason}")
    feedback = release_feedback(ports, site.journal, ASSIGNMENT).outcomes
    yield f"{_count(feedback)} learners have feedback"
    notes.tell(f"{ASSIGNMENT}: feedback returned", _count(feedback))
    grades = stage.folder / "grades.csv"
    store = site.store
    exported = export_grades(course, course.gradebook, store.runs, store.enrolments, ASSIGNMENT)
    grades.write_text(exported.as_csv(), encoding="utf-8")
    notes.worth_opening.append(("The grades", str(grades)))
    yield f"nbgrader's own command exports {_nbgraders_own_export(stage)} grades from the gradebook"


def back_up(stage: Stage, notes: Notes) -> Iterator[str]:
    """Back up every home of both hubs, and have a file of each back to see that it can be."""
    for name in stage.hubs:
        ports = backup_ports(stage.site, name)
        initialise_backup(ports, stage.site.journal)
        ran = run_backup(ports, stage.site.journal, stage.site.hub(name))
        _insist(ran.outcomes)
        homes = sum(shard.homes for shard in ran.shards)
        yield f"{name}: {homes} homes, {ran.files_new} files, checked to be there"
        yield f"{name}: {_count(ran.outcomes) - homes} databases, copied whole while in use"
        notes.tell(f"{name}: backed up", f"{homes} homes")
        drilled = drill_backup(ports, stage.site.journal)
        _insist(drilled.outcomes)
        notes.tell(f"{name}: had back, to see", drilled.drills[0].path)


def lose_and_restore(stage: Stage, notes: Notes) -> Iterator[str]:
    """Let one learner delete a file and spoil a notebook, and bring both back."""
    learner = stage.learners[0]
    lost, spoiled = learner.home / _LOST, learner.home / _SPOILED
    before = {_LOST: lost.read_bytes(), _SPOILED: spoiled.read_bytes()}
    lost.unlink()
    spoiled.write_bytes(b'{"cells": [')
    yield f"{learner.username} deleted {_LOST} and spoiled {spoiled.name}"
    ports = stage.site.restore_ports(HUB)
    versions = find_versions(ports, learner.username, spoiled.name).versions
    yield f"versions of {spoiled.name} in the backup: {len(versions)}"
    restored = restore(ports, stage.site.journal, learner.username, [_LOST, _SPOILED])
    _insist(restored.outcomes)
    for file in restored.files:
        _insist_on_file(learner, learner.home / file.lies_at, before[file.path])
        yield f"{file.lies_at}: every byte as it was, and {learner.username}'s own"
    if spoiled.read_bytes() != b'{"cells": [':
        raise CourseOpsError(f"{spoiled} was overwritten")
    notes.tell(f"{learner.username}: had back", " and ".join(f.lies_at for f in restored.files))
    restored_notebook = learner.home / restored.files[-1].lies_at
    notes.worth_opening.append(("The restored notebook", str(restored_notebook)))


def report_use(stage: Stage, notes: Notes, crowd: Crowd) -> Iterator[str]:
    """Take a last sample, and write the report as text and as one HTML file."""
    servers = crowd.settle()
    crowd.look()
    site, now = stage.site, datetime.now(UTC)
    window = Window(since=crowd.first_look_at, until=now)
    report = usage_report(
        report_request(site, "", window), site.store.usage, site.store.enrolments, site.journal
    )
    for what, name, text in (
        ("The usage report, for a browser", "usage.html", usage_page.as_html(report)),
        ("The same as text", "usage.txt", usage_page.as_text(report)),
    ):
        path = stage.folder / name
        path.write_text(text, encoding="utf-8")
        notes.worth_opening.append((what, str(path)))
    yield f"{servers} learners' servers seen at work on {len(stage.hubs)} hubs"
    notes.tell("usage: servers seen at work", servers)


def _count(outcomes: Iterable[Outcome]) -> int:
    return sum(outcome.status is Status.DONE for outcome in outcomes)


def _insist(outcomes: Iterable[Outcome]) -> None:
    failed = [f"{o.subject}: {o.reason}" for o in failures(outcomes)]
    if failed:
        raise CourseOpsError("a step of the demonstration failed", problems=failed)


def _insist_on_file(learner: Learner, path: Path, content: bytes) -> None:
    if path.read_bytes() != content:
        raise CourseOpsError(f"{path} is not as it was")
    if learner.uid is not None and path.stat().st_uid != learner.uid:
        raise CourseOpsError(f"{path} does not belong to {learner.username}")


def _nbgraders_own_export(stage: Stage) -> int:
    """Let nbgrader's command line read the gradebook; give how many grades it exports."""
    table = stage.folder / "nbgrader-export.csv"
    done = process.run(
        [str(Path(sys.executable).with_name("nbgrader")), "export", f"--to={table}"],
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(stage.folder)},
        timeout_seconds=60,
        cwd=stage.course_folder,
    )
    if done.code != 0:
        said = done.stderr.strip().splitlines()[-3:]
        raise CourseOpsError("nbgrader's own export failed", problems=said)
    return len(table.read_text(encoding="utf-8").splitlines()) - 1  # without the header
