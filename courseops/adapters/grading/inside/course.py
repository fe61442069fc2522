"""Open in a worker, from a bundle, what the course's configuration says of converting.

The configuration is read as nbgrader reads it in the course's folder, from copies in a folder
of the worker's own; where it says how folders are called or where the gradebook is, it says
it of another place, and is not followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbgrader
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory

from courseops.adapters.grading.bundle import read_files
from courseops.adapters.nbgrader.inside.opening import OpenCourse
from courseops.errors import CourseOpsError

_STRUCTURE = "{nbgrader_step}/{student_id}/{assignment_id}"
_STEPS = ("source", "release", "submitted", "autograded", "feedback", "solution")


class BadPathError(CourseOpsError):
    """A file's path leads out of the folder that it belongs in."""


def open_copy(course: Mapping[str, Any], folder: Path) -> OpenCourse:
    """
    Open the course of a bundle, with copies of its configuration in `folder`.

    Raises:
        CourseOpsError: this is other software than the bundle was made with.
    """
    _compare(course["software"])
    ours, elsewhere = folder / "course", folder / "elsewhere"
    ours.mkdir()
    write_files(ours, read_files(course["configuration"]))
    places = list(_write_elsewhere(elsewhere, course["elsewhere"]))
    with staying_here():
        os.chdir(ours)
        app = _app_class(places)(raise_config_file_errors=True)
        app.initialize([], root=str(ours))
    app.log_level = "CRITICAL"
    return OpenCourse(
        course_id=course["course_id"], app=app, coursedir=None, authenticator=None, exchange=None
    )


def at_root(course: OpenCourse, root: Path) -> OpenCourse:
    """Give the same course with all of its folders under `root`, and no gradebook."""
    coursedir = CourseDirectory(parent=course.app)
    coursedir.root = str(root)
    coursedir.course_id = course.course_id
    coursedir.directory_structure = _STRUCTURE
    coursedir.db_url = "sqlite://"
    for step in _STEPS:
        setattr(coursedir, f"{step}_directory", step)
    return OpenCourse(
        course_id=course.course_id,
        app=course.app,
        coursedir=coursedir,
        authenticator=None,
        exchange=None,
    )


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """
    Write files by relative path below `folder`.

    Raises:
        BadPathError: a path leads out of it.
    """
    for path, content in files.items():
        parts = Path(path).parts
        if not parts or Path(path).is_absolute() or ".." in parts:
            raise BadPathError(f"the file {path!r} would lie outside of its folder")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


@contextmanager
def staying_here() -> Iterator[None]:
    """Come back to the directory that we are in."""
    here = Path.cwd()
    try:
        yield
    finally:
        os.chdir(here)


def _compare(theirs: Mapping[str, str]) -> None:
    ours = {"courseops": version("courseops"), "nbgrader": nbgrader.__version__}
    different = [
        f"{name} {theirs.get(name)} there, {ours[name]} on the worker"
        for name in ours
        if theirs.get(name) != ours[name]
    ]
    if different:
        raise CourseOpsError(
            f"a grading worker has other software than the course: {'; '.join(different)}",
            hint="install the same versions of courseops and nbgrader on every machine",
        )


def _write_elsewhere(folder: Path, files: Iterable[Mapping[str, str]]) -> Iterator[Path]:
    for number, file in enumerate(files):
        place = folder / str(number)
        place.mkdir(parents=True)
        write_files(place, read_files([file]))
        yield place


def _app_class(places: Iterable[Path]) -> type[Any]:
    # The first that is asked for is the strongest; the first of a bundle was loaded first.
    strongest_first = [str(it) for it in reversed(list(places))]

    class Copied(NbGrader):  # type: ignore[misc]  # nbgrader has no types
        name = "nbgrader"
        config_file_paths = strongest_first

    return Copied
