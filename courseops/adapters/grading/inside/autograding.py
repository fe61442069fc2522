"""Autograde one submission: bytes in, scores and files out.

nbgrader's own Autograde converts in a private folder, with the preprocessors that the course
has configured. What lies there, tests included, is out of the learner's reach: the code runs
on a bench that holds what the learner handed in and the assignment's support files.
"""

from __future__ import annotations

import glob
import tempfile
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.utils import parse_utc

from courseops.adapters.grading.advice import mend_for
from courseops.adapters.grading.bundle import Work, read_files
from courseops.adapters.grading.inside.book import Book, NotebookEntry, opened
from courseops.adapters.grading.inside.course import (
    BadPathError,
    at_root,
    staying_here,
    write_files,
)
from courseops.adapters.grading.inside.executing import Engine, Execution
from courseops.adapters.grading.inside.shadowing import find_shadows, without
from courseops.adapters.grading.inside.validating import quick_validation
from courseops.adapters.grading.kernels import KernelDiedError, NoKernelsError
from courseops.adapters.nbgrader.inside.converting import convert, words_of
from courseops.adapters.nbgrader.inside.opening import OpenCourse
from courseops.errors import CourseOpsError
from courseops.model.assignments.collection import Quarantined
from courseops.model.assignments.graded import (
    CellComment,
    CellScore,
    GradedFile,
    GradedNotebook,
    GradedWork,
)


class Autograder:
    """Grades submissions of the assignment in `bundle`, in folders of its own below `scratch`."""

    def __init__(
        self, course: OpenCourse, bundle: Mapping[str, Any], engine: Engine, scratch: Path
    ) -> None:
        self._course = course
        self._assignment = bundle["assignment"]
        self._support = read_files(bundle["support"])
        self._engine = engine
        self._scratch = scratch
        self._locked = {
            (notebook["name"], cell["name"]): cell["source"]
            for notebook in self._assignment["notebooks"]
            for cell in notebook["source"]
            if cell["locked"]
        }

    def grade(self, work: Work) -> GradedWork:
        """Grade one submission; whatever goes wrong over it is its `problem`."""
        started = time.monotonic()
        stamp = work.files.get("timestamp.txt", b"")
        if not _is_time(stamp):
            return GradedWork(learner=work.learner, problem=_bad_stamp(stamp))
        try:
            with self._folder(work) as root:
                graded = self._grade_in(root, work)
        except BadPathError as error:
            return GradedWork(learner=work.learner, problem=_explain(error, ""))
        use = replace(graded.use, wall_seconds=time.monotonic() - started)
        return replace(graded, use=use)

    @contextmanager
    def _folder(self, work: Work) -> Any:
        name = self._assignment["name"]
        with tempfile.TemporaryDirectory(prefix="grade-", dir=self._scratch) as folder:
            root = Path(folder)
            write_files(root / "submitted" / work.learner / name, work.files)
            write_files(root / "source" / "." / name, self._support)
            yield root

    def _grade_in(self, root: Path, work: Work) -> GradedWork:
        name = self._assignment["name"]
        graded = root / "autograded" / work.learner / name
        book = Book(self._assignment, work.learner, work.prior)
        shadows = list(find_shadows(work.files, self._support))
        execution = Execution(
            self._engine,
            files=lambda: without(shadows, _scratch_files(work, graded)),
            locked=self._locked,
        )
        execution.remarks += [
            f"{it} would be imported in the place of the teacher's own and was left out"
            for it in shadows
        ]
        problem = None
        # The bench is asked what was used before it goes.
        with execution.in_place():
            try:
                self._convert(root, book, work.learner)
            except NoKernelsError:
                raise
            except (Exception, SystemExit) as error:
                problem = _explain(error, execution.at)
            use = execution.use
        base = GradedWork(learner=work.learner, use=use, remarks=tuple(execution.remarks))
        if problem is None and not graded.is_dir():
            problem = _excluded()
        if problem is not None:
            return replace(base, problem=problem)
        at = book.submission.timestamp
        return replace(
            base,
            submitted_at=at.replace(tzinfo=UTC) if at else None,
            notebooks=tuple(_scores(it) for it in book.submission.notebooks),
            files=tuple(_read_graded(graded)),
        )

    def _convert(self, root: Path, book: Book, learner: str) -> None:
        course = at_root(self._course, root)
        with staying_here(), opened(book), quick_validation():
            convert(Autograde, course, self._assignment["name"], glob.escape(learner))


def _scratch_files(work: Work, graded: Path) -> dict[str, bytes]:
    """
    Give what the learner's code may find beside it.

    nbgrader has put the files that come along into the autograded folder by now; of the
    notebooks there, which hold the tests, the learner gets the ones handed in instead.
    """
    beside = {
        path.relative_to(graded).as_posix(): path.read_bytes()
        for path in graded.rglob("*")
        if path.is_file() and path.suffix != ".ipynb"
    }
    own = {path: it for path, it in work.files.items() if path.endswith(".ipynb")}
    return beside | own


def _scores(notebook: NotebookEntry) -> GradedNotebook:
    return GradedNotebook(
        name=notebook.name,
        cells=tuple(
            CellScore(id=it.name, auto=it.auto_score, needs_manual_grade=it.needs_manual_grade)
            for it in notebook.grades
        ),
        comments=tuple(CellComment(id=it.name, auto=it.auto_comment) for it in notebook.comments),
        late_penalty=notebook.late_submission_penalty,
    )


def _read_graded(graded: Path) -> list[GradedFile]:
    return [
        GradedFile(
            path=path.relative_to(graded).as_posix(),
            content=path.read_bytes(),
            mode=path.stat().st_mode & 0o777,
        )
        for path in sorted(graded.rglob("*"))
        if path.is_file()
    ]


def _is_time(stamp: bytes) -> bool:
    """Say whether nbgrader will understand it; over one that it does not it falls on its face."""
    text = stamp.decode(errors="replace").strip()
    try:
        return not text or isinstance(parse_utc(text), datetime)
    except (ValueError, OverflowError):
        return False


def _bad_stamp(stamp: bytes) -> Quarantined:
    text = stamp.decode(errors="replace").strip()
    return Quarantined(
        kind="bad-timestamp",
        reason=f"timestamp.txt holds {text[:40]!r}",
        mend=mend_for("bad-timestamp"),
    )


def _excluded() -> Quarantined:
    return Quarantined(
        kind="nbgrader",
        reason="nbgrader left this learner out: nbgrader_config.py says so in "
        "CourseDirectory.student_id_exclude",
        mend="take the name out of student_id_exclude, or grade by hand",
    )


def _explain(error: BaseException, at: str) -> Quarantined:
    if isinstance(error, KernelDiedError):
        return Quarantined(kind=error.kind, reason=f"{at}: {error}", mend=mend_for(error.kind))
    if isinstance(error, BadPathError):
        return Quarantined(kind="bad-path", reason=str(error), mend=mend_for("bad-path"))
    if isinstance(error, CourseOpsError):
        reason = f"{at}: {error}" if at else str(error)
        return Quarantined(kind="kernel", reason=reason, mend=error.hint or mend_for("kernel"))
    return Quarantined(kind="nbgrader", reason=words_of(error), mend=mend_for("nbgrader"))
