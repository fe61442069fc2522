"""Inside the child: from the exchange's inbound folder to the course's submitted folder.

nbgrader's own collector does the copying, one learner at a time, so that one bad submission
stops nobody else's. Two things are looked at first, because the collector would follow a link
out of the submission, and would remove the earlier copy before it finds the newer too big.
"""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Any

from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError


def list_waiting(course: OpenCourse, name: str) -> list[str]:
    """List the learners with work in the exchange."""
    collector = _collector(course, name, "*")
    inbound = Path(collector.root, course.course_id, "inbound")
    # S+A+TIME+RANDOM, as ExchangeCollect splits it: a learner's name may contain a plus.
    parts = [it.name.rsplit("+", 3) for it in inbound.glob(f"*+{glob.escape(name)}+*")]
    return sorted({it[0] for it in parts if len(it) > 2 and it[1] == name})  # noqa: PLR2004


def collect(course: OpenCourse, name: str, learner: str) -> str:
    """Bring in one learner's newest work; say `collected`, `updated` or `unchanged`."""
    if learner in {"", ".", ".."}:
        raise RefusedError("invalid-name", f"no learner can be called {learner!r}")
    collector = _collector(course, name, glob.escape(learner))
    collector.init_src()
    if not collector.src_records:
        return "nothing"
    newest = Path(collector.inbound_path, collector.src_records[0]["filename"])
    _refuse_unsafe(newest, collector, course)
    there = course.folder("submitted", name, learner)
    before = course.coursedir.get_existing_timestamp(there)
    known = there.is_dir()
    collector.start()
    after = course.coursedir.get_existing_timestamp(there)
    if not known:
        return "collected"
    return "unchanged" if after == before else "updated"


def _collector(course: OpenCourse, name: str, learner: str) -> Any:
    course.coursedir.assignment_id = name
    course.coursedir.student_id = learner
    collector = course.exchange.Collect(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    collector.update = True
    return collector


def _refuse_unsafe(newest: Path, collector: Any, course: OpenCourse) -> None:
    links = [it for it in [newest, *newest.rglob("*")] if it.is_symlink()]
    if links:
        raise RefusedError(
            "link", f"{links[0].relative_to(newest.parent)} is a link to {links[0].readlink()}"
        )
    size_bytes, limit_bytes = collector.get_size(newest), 1000 * course.coursedir.max_dir_size
    if size_bytes > limit_bytes:
        raise RefusedError("too-big", f"it has {size_bytes} bytes; nbgrader takes {limit_bytes}")
