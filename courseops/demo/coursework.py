"""A real nbgrader course for the demo, and a class that works on it.

The course folder is one that nbgrader's own commands work in. Deadlines are real: the late
learner waits until the deadline has passed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from textwrap import dedent

from courseops.adapters import process
from courseops.demo.answers import Play
from courseops.demo.exercises import source_notebook
from courseops.errors import CourseOpsError

ASSIGNMENT = "numbers"
NOTEBOOK = "numbers-and-strings"

_PLAY_TIMEOUT_SECONDS = 300.0

# The troubles of one class, and the places in it where they sit; all others do well.
_TROUBLES = (
    Play.CARELESS,
    Play.ENDLESS,
    Play.HALF,
    Play.SYNTAX_ERROR,
    Play.UNREADABLE,
    Play.DELETED_TEST,
    Play.LATE,
    Play.ABSENT,
    Play.CARELESS,
    Play.HALF,
)

_CONFIG = """\
    # nbgrader's own configuration of the course; courseops reads the same file.
    c = get_config()  # noqa: F821
    c.CourseDirectory.course_id = {course_id!r}
    c.Exchange.root = {exchange!r}
    c.Exchange.timezone = {timezone!r}
    c.ExecutePreprocessor.timeout = {cell_timeout_seconds}
    c.AssignLatePenalties.plugin_class = "late_penalty.OnePointADay"
    """

_LATE_PENALTY = '''\
    """What lateness costs in this course: a point for each day begun."""

    import math

    from nbgrader.plugins import BasePlugin

    DAY_SECONDS = 24 * 60 * 60


    class OnePointADay(BasePlugin):
        def late_submission_penalty(self, student_id, score, total_seconds_late):
            return min(score, math.ceil(total_seconds_late / DAY_SECONDS))
    '''


@dataclass(frozen=True, kw_only=True)
class Learner:
    """Someone in the class; with a `uid`, everything in the home is that user's."""

    username: str
    home: Path
    play: Play = Play.RIGHT
    uid: int | None = None
    gid: int | None = None


def write_course(
    folder: Path,
    *,
    course_id: str,
    exchange: Path,
    timezone: str = "Europe/Paris",
    cell_timeout_seconds: int = 4,
) -> None:
    """Write a course folder with one assignment, ready to be released."""
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (source / f"{NOTEBOOK}.ipynb").write_bytes(source_notebook())
    config = dedent(_CONFIG).format(
        course_id=course_id,
        exchange=str(exchange),
        timezone=timezone,
        cell_timeout_seconds=cell_timeout_seconds,
    )
    (folder / "nbgrader_config.py").write_text(config)
    (folder / "late_penalty.py").write_text(dedent(_LATE_PENALTY))


def cast(usernames: Sequence[str]) -> dict[str, Play]:
    """Say who plays what: the troubles are spread over the class, most learners do well."""
    step = max(1, len(usernames) // len(_TROUBLES))
    troubled = usernames[step - 1 :: step]
    return dict.fromkeys(usernames, Play.RIGHT) | dict(zip(troubled, _TROUBLES, strict=False))


def play_class(
    learners: Sequence[Learner],
    *,
    course_id: str,
    exchange: Path,
    due_at: datetime,
    timezone: str = "Europe/Paris",
    assignment: str = ASSIGNMENT,
) -> Mapping[str, datetime]:
    """
    Let every learner fetch, work and submit; give the moment each one had submitted.

    Those who are late submit after `due_at`, all others as soon as they are ready.

    Raises:
        CourseOpsError: nbgrader would not let someone fetch or submit.
    """
    plan = {
        "course_id": course_id,
        "exchange": str(exchange.resolve()),
        "timezone": timezone,
        "assignment": assignment,
        "due_at": due_at.isoformat(),
        "learners": [
            {
                "username": it.username,
                "home": str(it.home.resolve()),
                "play": it.play,
                "uid": it.uid,
                "gid": it.uid if it.gid is None else it.gid,
            }
            for it in learners
        ],
    }
    done = process.run(
        [sys.executable, "-m", "courseops.demo.learners"],
        env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
        timeout_seconds=_PLAY_TIMEOUT_SECONDS,
        stdin=json.dumps(plan).encode(),
    )
    if done.code != 0:
        raise CourseOpsError(
            "the demo's learners could not work with nbgrader",
            problems=done.stderr.strip().splitlines()[-3:],
        )
    submitted: dict[str, str] = json.loads(done.stdout)
    return {who: datetime.fromisoformat(at) for who, at in submitted.items()}
