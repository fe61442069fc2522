"""A worker's place of work: nbgrader imported, one course open, kernels warm, parcels answered."""

from __future__ import annotations

import importlib
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from courseops.adapters.closing import Closing
from courseops.adapters.grading.bundle import decode_bundle, decode_marked, decode_work
from courseops.adapters.grading.inside.autograding import Autograder
from courseops.adapters.grading.inside.commenting import FeedbackWriter
from courseops.adapters.grading.inside.course import open_copy
from courseops.adapters.grading.inside.executing import Engine
from courseops.adapters.grading.kernels import Kernels, NoKernelsError
from courseops.adapters.spelling import pack_feedback, spell_work
from courseops.errors import CourseOpsError


class GradingStation(Closing):
    """Answers parcels about one bundle; kernels start with the first that needs some."""

    def __init__(self, bundle: bytes) -> None:
        """
        Open the course of a bundle.

        Raises:
            CourseOpsError: the bundle was made with other software.
        """
        read = decode_bundle(bundle)
        with ExitStack() as opening:
            scratch = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="courseops-")))
            course = open_copy(read.course, scratch)
            kernels = _Later(
                lambda: _load(read.engine.factory)(
                    preload=_preload(read.engine.preload, read.course), **read.engine.options
                )
            )
            opening.callback(kernels.close)
            engine = Engine(kernels=kernels, allowance=read.allowance, languages={})
            self._grader = Autograder(course, read.course, engine, scratch)
            self._writer = FeedbackWriter(course, read.course, scratch)
            self._open = opening.pop_all()

    def answer(self, verb: str, content: bytes) -> bytes:
        """
        Grade, or write feedback; whatever is wrong with the work stands in the answer.

        Raises:
            NoKernelsError: nothing can be graded here.
        """
        if verb == "grade":
            return _write(spell_work(self._grader.grade(decode_work(content))))
        if verb == "feedback":
            return pack_feedback([self._writer.write(decode_marked(content))])
        raise ValueError(f"a grading worker knows nothing of {verb!r}")

    def close(self) -> None:
        """End the kernels and remove every file."""
        self._open.close()


class _Later:
    """Kernels that are started when the first bench is opened: feedback needs none."""

    def __init__(self, start: Callable[[], Kernels]) -> None:
        self._start = start
        self._kernels: Kernels | None = None

    def bench(self, *args: Any) -> Any:
        if self._kernels is None:
            try:
                self._kernels = self._start()
            except CourseOpsError as error:
                raise NoKernelsError(
                    str(error), problems=error.problems, hint=error.hint
                ) from error
        return self._kernels.bench(*args)

    def close(self) -> None:
        if self._kernels is not None:
            self._kernels.close()


def _preload(configured: tuple[str, ...] | None, course: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(course["imports"]) if configured is None else configured


def _load(name: str) -> Callable[..., Kernels]:
    module, _, function = name.partition(":")
    loaded: Callable[..., Kernels] = getattr(importlib.import_module(module), function)
    return loaded


def _write(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
