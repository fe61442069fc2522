"""A semester on this machine: each step is the action that the ordinary command runs.

The class is made up; the hubs, nbgrader, restic and the files are real.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from courseops.demo import steps
from courseops.demo.coursework import ASSIGNMENT
from courseops.demo.crowd import Crowd
from courseops.demo.semester import Display, Line, Semester
from courseops.demo.stage import COURSE, HUB, Stage, set_up


def play(folder: Path, display: Display, *, learners: int = 30) -> Semester:
    """
    Play a semester in `folder`; what it leaves there is the caller's to keep or remove.

    Raises:
        CourseOpsError: a step did not come out as it must.
    """
    with ExitStack() as ending:
        with display.step("Two JupyterHubs start, with the least rights") as tell:
            stage = ending.enter_context(set_up(folder, learners, display))
            for name, hub in stage.hubs.items():
                tell(f"{name} at {hub.url}")
        crowd = ending.enter_context(Crowd(stage))
        notes = steps.Notes()
        for title, step in (
            ("The class list reaches hub, groups and gradebook", steps.enrol),
            ("An assignment goes out, the class works on it", steps.release_and_work),
            ("Collected, graded, returned", steps.grade_and_return),
            ("Every home is backed up", steps.back_up),
            ("A learner loses work, and has it back", steps.lose_and_restore),
            ("Use is measured and reported", partial(steps.report_use, crowd=crowd)),
        ):
            with display.step(title) as tell:
                for line in step(stage, notes):
                    tell(line)
            if step is steps.enrol:
                crowd.arrive()
            crowd.look()
    return Semester(
        folder=str(folder),
        happened=tuple(Line(what=what, value=value) for what, value in notes.happened),
        worth_opening=tuple(Line(what=what, value=path) for what, path in notes.worth_opening),
        look_around=tuple(_look_around(stage)),
    )


def _look_around(stage: Stage) -> Iterator[Line]:
    """Name commands that work on what the play leaves."""
    config, programs = stage.folder / "config.toml", Path(sys.executable).parent
    someone = stage.learners[0].username
    for what, command in (
        ("What ran, and what needs a person", "status"),
        ("Where each learner is", f"assignment status {COURSE} {ASSIGNMENT}"),
        ("What could not be graded", f"assignment quarantine {COURSE} {ASSIGNMENT}"),
        ("Every version of someone's files", f"restore find {HUB} {someone}"),
    ):
        yield Line(what=what, value=f"{programs}/courseops {command} --config {config}")
    hub = stage.hubs[HUB]
    yield Line(
        what=f"The hub itself, at {hub.url}: {someone}, password {hub.password}",
        value=f"{programs}/jupyterhub --config {hub.folder}/jupyterhub_config.py",
    )
