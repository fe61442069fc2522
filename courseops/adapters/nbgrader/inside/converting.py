"""Run one of nbgrader's converters and learn what really went wrong.

A converter logs the exception of one submission and then raises an `NbGraderException` that
only says to see the log; here the first exception itself rises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors.execute import UnresponsiveKernelError

from courseops.adapters.nbgrader.inside.opening import OpenCourse

_STEPS = ("init_assignment", "convert_single_notebook")


def convert(kind: Any, course: OpenCourse, name: str, learner: str = "*") -> None:
    """Run the converter class `kind` over one assignment, of one learner, over what is there."""
    prepared(kind, course)(name, learner)


def prepared(kind: Any, course: OpenCourse) -> Callable[[str, str], None]:
    """Make a converter of the class `kind`; give what runs it as `convert` does, many times."""
    converter = kind(coursedir=course.coursedir, parent=course.app)
    converter.force = True
    first: list[Exception] = []
    for step in _STEPS:
        setattr(converter, step, _remembering(getattr(converter, step), first))

    def run(name: str, learner: str) -> None:
        course.coursedir.assignment_id = name
        course.coursedir.student_id = learner
        first.clear()
        try:
            converter.start()
        except NbGraderException as error:
            first.append(error)
        else:
            return
        # Raised out here, the exception keeps its own context.
        raise first[0]

    return run


def _remembering(step: Callable[..., None], first: list[Exception]) -> Callable[..., None]:
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            step(*args, **kwargs)
        except Exception as error:
            first.append(error)
            raise

    return run


def kind_of(error: BaseException) -> str:
    """Say in one stable word what an exception of a converter means for the submission."""
    if isinstance(error, UnresponsiveKernelError):
        return "timeout"
    # jupyter_client has no class of its own for a kernel that dies while it starts.
    died = isinstance(error, DeadKernelError) or "Kernel died" in str(error)
    return "crash" if died else "nbgrader"


def words_of(error: BaseException) -> str:
    """Give nbgrader's own words: the exception's, and those of what lies under it."""
    said: list[str] = []
    at: BaseException | None = error
    while at is not None:
        # jsonschema's `message` is its one line of many.
        text = str(getattr(at, "message", at))
        line = text.strip().partition("\n")[0].rstrip(".:") or type(at).__name__
        if not any(line in earlier or earlier in line for earlier in said):
            said.append(line)
        # jsonschema's errors claim to have no context, although nbgrader's words are in it.
        at = at.__cause__ or at.__context__
    return ": ".join(said)
