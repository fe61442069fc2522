"""Open a course as `nbgrader`, started in the course's folder, would.

The course's own nbgrader_config.py is loaded with everything in it; ours only fills gaps:
the course id, the exchange, kernels that are stopped at once instead of asked to leave
(nbgrader waits up to 5 s for each), and a wait for SQLite's lock instead of an error.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.auth import Authenticator
from nbgrader.exchange import ExchangeFactory

_BUSY_TIMEOUT_SECONDS = 60


class RefusedError(Exception):
    """We will not go on; `kind` says why in one stable word."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class OpenCourse:
    """A course with nbgrader's objects around it."""

    course_id: str
    app: Any
    coursedir: Any
    authenticator: Any
    exchange: Any

    def gradebook(self) -> Any:
        """Open the gradebook, as a context manager."""
        return Gradebook(self.coursedir.db_url, self.course_id)

    def folder(self, step: str, name: str, learner: str = ".") -> Path:
        """Say where a step (`source`, `submitted`, …) of an assignment is kept."""
        directory = getattr(self.coursedir, f"{step}_directory")
        return Path(self.coursedir.format_path(directory, learner, name))


def open_course(course_id: str, folder: str, exchange: str) -> OpenCourse:
    """
    Load the course's configuration and open its gradebook; `exchange` may be empty.

    Raises:
        RefusedError: nbgrader_config.py names another course or exchange.
    """
    os.chdir(folder)
    app = NbGrader(raise_config_file_errors=True)
    app.initialize([], root=folder)
    _fill_gaps(app.config, course_id, exchange)
    coursedir = app.coursedir
    coursedir.course_id = course_id
    if coursedir.db_url.startswith("sqlite:") and "?" not in coursedir.db_url:
        # SQLAlchemy hands `timeout` on to sqlite3.connect.
        coursedir.db_url += f"?timeout={_BUSY_TIMEOUT_SECONDS}"
    course = OpenCourse(
        course_id=course_id,
        app=app,
        coursedir=coursedir,
        authenticator=Authenticator(parent=app),
        exchange=ExchangeFactory(parent=app),
    )
    _create_gradebook(course)
    return course


def _fill_gaps(config: Any, course_id: str, exchange: str) -> None:
    theirs = config.CourseDirectory.get("course_id", "")
    if theirs and theirs != course_id:
        raise RefusedError(
            "other-course",
            f"nbgrader_config.py says that this is the course {theirs!r}, not {course_id!r}",
        )
    root = config.Exchange.get("root", "")
    if root and exchange and not _same(root, exchange):
        raise RefusedError(
            "other-exchange",
            f"nbgrader_config.py has its exchange at {root}, courseops at {exchange}",
        )
    if exchange and not root:
        config.Exchange.root = exchange
    executors = (config.Execute, config.ExecutePreprocessor, config.NotebookClient)
    if not any("shutdown_kernel" in executor for executor in executors):
        config.ExecutePreprocessor.shutdown_kernel = "immediate"


def _same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def _create_gradebook(course: OpenCourse) -> None:
    """
    Create the tables and courses that nbgrader would create on the way.

    Its preprocessors open the gradebook under the name `default_course`; two workers that do
    so first at the same moment would both insert that row.
    """
    course.gradebook().close()
    Gradebook(course.coursedir.db_url).close()
