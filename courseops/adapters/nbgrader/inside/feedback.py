"""Inside the child: put feedback pages into the course and into the exchange, many at once.

The folder feedback/S/A is as nbgrader's GenerateFeedback leaves it, and a page's name in the
exchange is the one that `nbgrader fetch_feedback` computes, from the secret that came with the
submission (nbgrader/exchange/default/release_feedback.py). An exchange that is no folder, such
as ngshare, gets the pages through its own plugin, learner by learner.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeReleaseFeedback
from nbgrader.utils import find_all_files, notebook_hash

from courseops.adapters.nbgrader.inside.folders import Place, place_of, share_with_group
from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError
from courseops.adapters.spelling import unpack_feedback
from courseops.model.assignments.graded import GradedFile, WrittenFeedback

_SECRET = "submission_secret.txt"  # noqa: S105 - the file's name
_STAMPS = ("timestamp.txt", _SECRET)
_MODE, _SHARED_MODE = 0o644, 0o664


def release_pages(course: OpenCourse, name: str, attached: bytes) -> dict[str, dict[str, str]]:
    """
    Write pages and release them; give, by learner, why somebody's was refused.

    They are `attached` as `pack_feedback` spells them. Pages on work that has a `problem` lie
    with the submission's own stamps, others with those of the graded work. Whoever
    `CourseDirectory.student_id_exclude` names is left alone.

    Raises:
        RefusedError: nothing can be released at all, in nbgrader's words.
    """
    exchange = _exchange(course, name)
    excluded = set(course.coursedir.student_id_exclude.split(","))
    refusals = {}
    for work in unpack_feedback(attached):
        try:
            if work.learner in excluded:
                raise RefusedError("excluded", "nbgrader_config.py excludes this learner")
            place = place_of(course, "feedback", name, work.learner)
            files = _files(course, name, work)
            _write(place, files)
            _release(course, exchange, place.final, work.learner, files)
        except RefusedError as error:
            refusals[work.learner] = {"kind": error.kind, "message": str(error)}
        except (OSError, ExchangeError) as error:
            refusals[work.learner] = {"kind": "folder", "message": str(error)}
    if course.coursedir.groupshared:
        share_with_group(course.folder("feedback", ".", "."))
    return refusals


def _exchange(course: OpenCourse, name: str) -> Any:
    course.coursedir.assignment_id = name
    exchange = course.exchange.ReleaseFeedback(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    if type(exchange) is ExchangeReleaseFeedback:
        if not course.coursedir.groupshared:
            exchange.ensure_root()
        exchange.init_dest()
    return exchange


def _files(course: OpenCourse, name: str, work: WrittenFeedback) -> list[GradedFile]:
    step = "submitted" if work.problem else "autograded"
    source = course.folder(step, name, work.learner)
    if not source.is_dir():
        raise RefusedError("not-graded", f"there is no {step} work to comment on")
    mode = _SHARED_MODE if course.coursedir.groupshared else _MODE
    contents = {path: _read(source / path) for path in _beside(course, source, work)}
    contents |= {f"{notebook}.html": page for notebook, page in work.pages.items()}
    return [GradedFile(path=it, content=contents[it], mode=mode) for it in contents]


def _write(place: Place, files: Sequence[GradedFile]) -> None:
    place.prepare(files)
    try:
        place.clear()
        place.finish()
    except BaseException:
        place.restore()
        raise


def _beside(course: OpenCourse, source: Path, work: WrittenFeedback) -> list[str]:
    """Name the files that go with the pages, as nbgrader takes them from graded work."""
    if work.problem:
        return [it for it in _STAMPS if (source / it).exists()]
    found = find_all_files(str(source), [*course.coursedir.ignore, "*.ipynb"])
    return [str(Path(it).relative_to(source)) for it in found]


def _read(path: Path) -> bytes:
    # A file beside a learner's notebook is the learner's: a link in its place is not followed,
    # a named pipe not waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RefusedError("link", f"{path.name} is no plain file")
        return opened.read()


def _release(
    course: OpenCourse, exchange: Any, folder: Path, learner: str, files: Sequence[GradedFile]
) -> None:
    if type(exchange) is not ExchangeReleaseFeedback:
        course.coursedir.student_id = learner
        exchange.start()
        return
    secret = folder / _SECRET
    if not secret.is_file():
        raise RefusedError("no-secret", f"there is no {_SECRET} in {folder}")
    shared = secret.read_text()
    if not shared:
        raise RefusedError("no-secret", f"{secret} is empty")
    into = Path(exchange.dest_path)
    for page in files:
        if page.path.endswith(".html") and "/" not in page.path:
            called = notebook_hash(secret=shared, notebook_id=Path(page.path).stem)
            unfinished = into / f"{called}-tmp.html"
            unfinished.write_bytes(page.content)
            unfinished.chmod(page.mode)
            unfinished.replace(into / f"{called}.html")
