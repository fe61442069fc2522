"""The process in which the demo's learners work, each in a home of their own.

`python -m courseops.demo.learners`, with a plan as JSON on standard input; it prints, as JSON,
when each learner submitted. Fetching and submitting are nbgrader's own, so the stamps, names
and modes in the exchange are what real learners leave. nbgrader's command takes three seconds
to start, so its classes are used, one process for the whole class.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # a second less to start

from nbgrader.auth import Authenticator  # noqa: E402 - after the line above
from nbgrader.coursedir import CourseDirectory  # noqa: E402
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeSubmit  # noqa: E402
from traitlets.config import Config  # noqa: E402

from courseops.demo.answers import Play, write_answers  # noqa: E402

_LATE_BY_SECONDS = 1.5


def main() -> None:
    """Play the class that standard input describes."""
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    plan = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    json.dump(dict(_play(plan)), answers)
    answers.close()


def _play(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    class_ = [(number, one, Play(one["play"])) for number, one in enumerate(plan["learners"])]
    for number, one, play in class_:
        _work(plan, one, play, number)
    handing_in = [(one, play) for _, one, play in class_ if play is not Play.ABSENT]
    for one, play in sorted(handing_in, key=lambda it: it[1] is Play.LATE):
        if play is Play.LATE:
            _wait_past(datetime.fromisoformat(plan["due_at"]))
        exchange = _at(plan, one, ExchangeSubmit)
        exchange.start()
        _give_home(one)
        yield one["username"], datetime.now(UTC).isoformat()


def _work(plan: dict[str, Any], one: dict[str, Any], play: Play, number: int) -> None:
    _at(plan, one, ExchangeFetchAssignment).start()
    if play is not Play.ABSENT:
        for notebook in Path(one["home"], plan["assignment"]).glob("*.ipynb"):
            notebook.write_bytes(write_answers(play, notebook.read_bytes(), number))
    _give_home(one)


def _at(plan: dict[str, Any], one: dict[str, Any], verb: Any) -> Any:
    """Sit down as one learner: in that home, with nbgrader's `verb` at hand."""
    home = one["home"]
    os.environ.update(HOME=home, JUPYTER_DATA_DIR=f"{home}/.local/share/jupyter")
    os.chdir(home)
    config = Config()
    config.Exchange.root = plan["exchange"]
    config.Exchange.timezone = plan["timezone"]
    config.CourseDirectory.course_id = plan["course_id"]
    config.CourseDirectory.assignment_id = plan["assignment"]
    config.CourseDirectory.student_id = one["username"]
    coursedir = CourseDirectory(config=config)
    return verb(coursedir=coursedir, authenticator=Authenticator(config=config), config=config)


def _wait_past(due_at: datetime) -> None:
    left = (due_at - datetime.now(UTC)).total_seconds() + _LATE_BY_SECONDS
    time.sleep(max(0.0, left))


def _give_home(one: dict[str, Any]) -> None:
    """Give everything in a home to its learner; root worked in it."""
    uid = one["uid"]
    if uid is None:
        return
    home = Path(one["home"])
    for path in [home, *home.rglob("*")]:
        os.chown(path, uid, one["gid"], follow_symlinks=False)


if __name__ == "__main__":
    main()
