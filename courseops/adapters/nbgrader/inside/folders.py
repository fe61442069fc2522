"""Inside the child: put a graded folder in its place, or leave none there.

A folder is written beside its place, and the old one is moved out of the way before the
gradebook changes; so whoever finds a folder finds scores that belong to it. A process that
dies in between leaves the submission without one, which means "not graded": it is graded
again, and what lies beside is removed then. Names that begin with a dot are invisible to
nbgrader, which lists folders with `glob`.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError
from courseops.model.assignments.graded import GradedFile

_GROUP_BITS = 0o2770
_NEW, _OLD = ".{}.courseops-new", ".{}.courseops-old"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a folder goes, and what it is called until then and afterwards."""

    final: Path
    groupshared: bool = False

    @property
    def new(self) -> Path:
        """Name the folder that is being written."""
        return self.final.with_name(_NEW.format(self.final.name))

    @property
    def old(self) -> Path:
        """Name the folder that is being replaced."""
        return self.final.with_name(_OLD.format(self.final.name))

    def prepare(self, files: Iterable[GradedFile]) -> None:
        """
        Write the new folder beside its place.

        Raises:
            RefusedError: a file's path would lead out of it, or is there twice.
        """
        shutil.rmtree(self.new, ignore_errors=True)
        self.new.mkdir(parents=True)
        try:
            for file in files:
                _write(self.new, file)
        except BaseException:
            shutil.rmtree(self.new, ignore_errors=True)
            raise
        if self.groupshared:
            for folder, _, _ in os.walk(self.new):
                share_with_group(Path(folder))

    def clear(self) -> None:
        """Move the folder that is there out of the way."""
        shutil.rmtree(self.old, ignore_errors=True)
        if self.final.is_dir():
            self.final.rename(self.old)

    def restore(self) -> None:
        """Undo `clear` and `prepare`."""
        if self.old.is_dir() and not self.final.exists():
            self.old.rename(self.final)
        shutil.rmtree(self.new, ignore_errors=True)

    def finish(self) -> None:
        """Put the new folder in its place, and remove the old one."""
        self.new.rename(self.final)
        shutil.rmtree(self.old, ignore_errors=True)


def place_of(course: OpenCourse, step: str, name: str, learner: str) -> Place:
    """
    Say where a step (`autograded`, `feedback`) of one submission is kept.

    Raises:
        RefusedError: the learner's name is no name of a folder.
    """
    if learner in {"", ".", ".."} or "/" in learner or "\0" in learner:
        raise RefusedError("invalid-name", f"no learner can be called {learner!r}")
    return Place(final=course.folder(step, name, learner), groupshared=course.coursedir.groupshared)


def _write(folder: Path, file: GradedFile) -> None:
    path = PurePosixPath(file.path)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in file.path:
        raise RefusedError("protocol", f"graded work came with a file called {file.path!r}")
    target = folder / path
    if len(path.parts) > 1:
        target.parent.mkdir(parents=True, exist_ok=True)
    # With O_EXCL, and in a folder that was just made, there is no link to follow.
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise RefusedError("protocol", f"{file.path!r} cannot be written: {error}") from error
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(file.content)
        os.fchmod(descriptor, stat.S_IMODE(file.mode) & 0o777)


def share_with_group(folder: Path) -> None:
    """Add what `CourseDirectory.groupshared` adds to a folder's mode, where we may."""
    mode = folder.stat().st_mode
    if mode & _GROUP_BITS != _GROUP_BITS:
        try:
            folder.chmod((mode | _GROUP_BITS) & 0o2777)
        except PermissionError:
            # nbgrader too goes on: another instructor's folder stays as its owner has it.
            return
