"""Mended notebooks, kept beside a submission that itself stays as it was handed in.

They count only for the very bytes that were mended: a learner who submits again is graded on
the new work.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from courseops.errors import CourseOpsError

_ORIGINAL = "original.sha256"
_NOTEBOOK = ".ipynb"


class MendedWork:
    """The mended notebooks of one course, in its folder `mended/LEARNER/ASSIGNMENT/`."""

    def __init__(self, course_folder: Path) -> None:
        self._root = course_folder / "mended"

    def over(self, name: str, learner: str, handed_in: Mapping[str, bytes]) -> dict[str, bytes]:
        """Give the notebooks to grade, by name: those mended, or those handed in."""
        folder = self._folder(name, learner)
        try:
            original = (folder / _ORIGINAL).read_text()
        except OSError:
            return dict(handed_in)
        if original != _digest(handed_in):
            return dict(handed_in)
        return {it.stem: it.read_bytes() for it in sorted(folder.glob("*.ipynb"))}

    def over_files(self, name: str, learner: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Give the files to grade, by path: mended notebooks in the place of those handed in."""
        handed_in = {
            path.removesuffix(_NOTEBOOK): content
            for path, content in files.items()
            if path.endswith(_NOTEBOOK) and "/" not in path
        }
        others = {
            path: content
            for path, content in files.items()
            if path.removesuffix(_NOTEBOOK) not in handed_in
        }
        to_grade = self.over(name, learner, handed_in)
        return others | {f"{it}{_NOTEBOOK}": content for it, content in to_grade.items()}

    def keep(
        self, name: str, learner: str, handed_in: Mapping[str, bytes], mended: Mapping[str, bytes]
    ) -> None:
        """
        Keep what was mended of exactly these notebooks.

        Raises:
            CourseOpsError: the course's folder cannot be written to.
        """
        folder = self._folder(name, learner)
        new = folder.with_name(f".{folder.name}.new")
        try:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            for notebook, content in mended.items():
                (new / f"{notebook}{_NOTEBOOK}").write_bytes(content)
            (new / _ORIGINAL).write_text(_digest(handed_in))
            shutil.rmtree(folder, ignore_errors=True)
            new.rename(folder)
        except OSError as error:
            raise CourseOpsError(
                f"the mended work of {learner} cannot be kept: {error.strerror} ({folder})",
                hint="run courseops as the course's own user",
            ) from error

    def _folder(self, name: str, learner: str) -> Path:
        return self._root / learner / name


def _digest(notebooks: Mapping[str, bytes]) -> str:
    digests = {name: hashlib.sha256(notebooks[name]).hexdigest() for name in sorted(notebooks)}
    return hashlib.sha256(json.dumps(digests).encode()).hexdigest()
