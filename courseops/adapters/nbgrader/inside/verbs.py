"""Inside the child: the verbs that may be asked for, and what an exception answers."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbgrader
from nbgrader.exchange import ExchangeError

from courseops.adapters.nbgrader.inside import (
    assignments,
    bundling,
    extensions,
    feedback,
    handwork,
    keeping,
    merging,
    reading,
    releasing,
    scores,
    students,
    submissions,
)
from courseops.adapters.nbgrader.inside.converting import kind_of, words_of
from courseops.adapters.nbgrader.inside.layout import describe_layout
from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError, open_course


def describe(course: OpenCourse) -> dict[str, Any]:
    """Say what the course has been opened with."""
    exchange = course.exchange.ReleaseAssignment(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    return {
        "version": nbgrader.__version__,
        "exchange": str(exchange.root),
        "exchange_exists": Path(exchange.root).is_dir(),
        "timezone": exchange.timezone,
        "timezone_known": _can_tell_time(exchange),
        "db_url": course.coursedir.db_url,
        "layout": describe_layout(course),
    }


def _can_tell_time(exchange: Any) -> bool:
    try:
        exchange.set_timestamp()
    except ExchangeError:
        return False
    return True


def folder(course: OpenCourse, step: str, name: str, learner: str) -> str:
    """Say where one submission is kept."""
    return str(course.folder(step, name, learner))


VERBS: dict[str, Callable[..., Any]] = {
    "describe": describe,
    "folder": folder,
    "list_assignments": assignments.list_assignments,
    "validate": releasing.validate,
    "generate": releasing.generate,
    "describe_conversion": releasing.describe_conversion,
    "publish": releasing.publish,
    "retract": releasing.retract,
    "outbound": releasing.outbound,
    "set_due": releasing.set_due,
    "list_released": releasing.list_released,
    "list_waiting": releasing.list_waiting,
    "list_extensions": extensions.list_extensions,
    "list_submissions": submissions.list_submissions,
    "bundle": bundling.bundle,
    "list_priors": bundling.list_priors,
    "list_scores": scores.list_scores,
    "list_marks": reading.list_marks,
    "merge": merging.merge,
    "preview": merging.preview,
    "extend": keeping.extend,
    "save_gradebook": keeping.save_gradebook,
    "count_by_hand": handwork.count_by_hand,
    "release_pages": feedback.release_pages,
    "list_students": students.list_students,
    "put_student": students.put_student,
}


class Responder:
    """Answers one request after the other about the course it was first told to open."""

    def __init__(self) -> None:
        self._course: OpenCourse | None = None
        self._wanted = ("", "")

    def respond(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """
        Do what was asked; whatever goes wrong becomes an answer.

        nbgrader ends a process that fails with `sys.exit`, hence SystemExit.
        """
        try:
            if self._course is None:
                self._course = open_course(**arguments)
                self._wanted = _wanted(self._course)
                return {"answer": describe(self._course)}
            # What the last verb was about would narrow what this one sees.
            self._course.coursedir.assignment_id, self._course.coursedir.student_id = self._wanted
            return {"answer": VERBS[verb](self._course, **arguments)}
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            return {"refusal": {"kind": _kind(error), "message": words_of(error)}}


def _wanted(course: OpenCourse) -> tuple[str, str]:
    """Give the assignments and learners that the configuration speaks of: all, as a rule."""
    return course.coursedir.assignment_id, course.coursedir.student_id


def _kind(error: BaseException) -> str:
    if isinstance(error, RefusedError):
        return error.kind
    return "exchange" if isinstance(error, ExchangeError) else kind_of(error)
