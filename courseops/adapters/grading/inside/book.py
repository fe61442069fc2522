"""A gradebook that holds one submission in memory, shaped like nbgrader's as its converters see it.

It answers what Autograde, GenerateFeedback and their preprocessors ask nbgrader 0.9's
`Gradebook` (https://nbgrader.readthedocs.io/en/stable/api/gradebook.html), and plugins that
open one by themselves get it too. Nothing is ever stored.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Self

from nbgrader.api import MissingEntry
from nbgrader.utils import parse_utc

from courseops.adapters.grading.bundle import Prior

# Each took the class by its name when it was imported.
_OPENERS = (
    "nbgrader.api",
    "nbgrader.converters.autograde",
    "nbgrader.preprocessors.getgrades",
    "nbgrader.preprocessors.latesubmissions",
    "nbgrader.preprocessors.overwritecells",
    "nbgrader.preprocessors.overwritekernelspec",
    "nbgrader.preprocessors.saveautogrades",
)

_GRADED = ("GradeCell", "TaskCell")
_COMMENTED = ("SolutionCell", "TaskCell")


@dataclass(kw_only=True)
class GradeEntry:
    """One graded cell's points, as `nbgrader.api.Grade` has them."""

    name: str
    max_score: float
    auto_score: float | None = None
    manual_score: float | None = None
    extra_credit: float | None = None
    needs_manual_grade: bool = True

    @property
    def score(self) -> float:
        """Give what counts; extra credit alone counts for nothing."""
        base = self.auto_score if self.manual_score is None else self.manual_score
        return 0.0 if base is None else base + (self.extra_credit or 0.0)


@dataclass(kw_only=True)
class CommentEntry:
    """One answer's comments, as `nbgrader.api.Comment` has them."""

    name: str
    auto_comment: str | None = None
    manual_comment: str | None = None

    @property
    def comment(self) -> str | None:
        """Give what the learner is shown."""
        return self.auto_comment if self.manual_comment is None else self.manual_comment


@dataclass(kw_only=True)
class NotebookEntry:
    """One submitted notebook, as `nbgrader.api.SubmittedNotebook` has it."""

    name: str
    grades: list[GradeEntry]
    comments: list[CommentEntry]
    late_submission_penalty: float | None = None

    @property
    def score(self) -> float:
        """Add up the points."""
        return sum((it.score for it in self.grades), 0.0)

    @property
    def max_score(self) -> float:
        """Add up the points that could be had."""
        return sum((it.max_score for it in self.grades), 0.0)


@dataclass(kw_only=True)
class SubmissionEntry:
    """One submission, as `nbgrader.api.SubmittedAssignment` has it; times naive in UTC."""

    name: str
    student: SimpleNamespace
    due_at: datetime | None
    extension: timedelta | None = None
    timestamp: datetime | None = None
    notebooks: list[NotebookEntry] = field(default_factory=list)

    @property
    def duedate(self) -> datetime | None:
        """Give this learner's own deadline."""
        if self.due_at is None or self.extension is None:
            return self.due_at
        return self.due_at + self.extension

    @property
    def total_seconds_late(self) -> float:
        """Say how long after it the work came."""
        if self.timestamp is None or self.duedate is None:
            return 0.0
        return max(0.0, (self.timestamp - self.duedate).total_seconds())


class Book:
    """The gradebook of one submission of the assignment that `assignment` describes."""

    def __init__(self, assignment: Mapping[str, Any], learner: str, prior: Prior) -> None:
        self.db = SimpleNamespace(
            commit=_nothing, flush=_nothing, rollback=_nothing, remove=_nothing
        )
        self._assignment = assignment
        self._known = prior.known
        due = assignment["duedate"]
        self.submission = SubmissionEntry(
            name=assignment["name"],
            student=SimpleNamespace(id=learner),
            due_at=datetime.fromisoformat(due) if due else None,
            extension=timedelta(seconds=prior.extension_seconds) or None,
            notebooks=[_empty(it) for it in assignment["notebooks"]],
        )
        entries = {it.name: it for it in self.submission.notebooks}
        for earlier in prior.notebooks:
            if earlier["name"] in entries:
                _fill(entries[earlier["name"]], earlier)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        pass

    def close(self) -> None:
        """Do nothing; there is nothing open."""

    def update_or_create_student(self, name: str, **_kwargs: Any) -> SimpleNamespace:
        """Give the student."""
        self._known = True
        return SimpleNamespace(id=name)

    def find_student(self, student: str) -> SimpleNamespace:
        """Give the student, if the gradebook knew one of that name."""
        if not self._known or student != self.submission.student.id:
            raise MissingEntry(f"No such student: {student}")
        return self.submission.student

    def find_assignment(self, assignment: str) -> SimpleNamespace:
        """Give the assignment."""
        if assignment != self._assignment["name"]:
            raise MissingEntry(f"No such assignment: {assignment}")
        return SimpleNamespace(
            name=assignment,
            duedate=self.submission.due_at,
            notebooks=[SimpleNamespace(name=it["name"]) for it in self._assignment["notebooks"]],
        )

    def update_or_create_submission(
        self, _assignment: str, _student: str, **kwargs: Any
    ) -> SubmissionEntry:
        """Give the submission, with its `timestamp` if there is one."""
        if "timestamp" in kwargs:
            self.submission.timestamp = parse_utc(kwargs["timestamp"])
        return self.submission

    def find_submission(self, _assignment: str, _student: str) -> SubmissionEntry:
        """Give the submission."""
        return self.submission

    def find_notebook(self, notebook: str, _assignment: str) -> SimpleNamespace:
        """Give the teacher's notebook with its cells."""
        found = self._notebook(notebook)
        cells = [SimpleNamespace(**it) for it in found["cells"]]
        return SimpleNamespace(
            name=notebook,
            kernelspec=found["kernelspec"],
            source_cells=[SimpleNamespace(**it) for it in found["source"]],
            grade_cells=[it for it in cells if it.type == "GradeCell"],
            solution_cells=[it for it in cells if it.type == "SolutionCell"],
            task_cells=[it for it in cells if it.type == "TaskCell"],
        )

    def find_source_cell(self, name: str, notebook: str, _assignment: str) -> SimpleNamespace:
        """Give a cell as the teacher wrote it."""
        for cell in self._notebook(notebook)["source"]:
            if cell["name"] == name:
                return SimpleNamespace(**cell)
        raise MissingEntry(f"No such source cell: {name}")

    def find_graded_cell(self, name: str, notebook: str, _assignment: str) -> SimpleNamespace:
        """Give what is graded in the teacher's notebook by this name."""
        for cell in self._notebook(notebook)["cells"]:
            if cell["name"] == name and cell["type"] in _GRADED:
                return SimpleNamespace(**cell)
        raise MissingEntry(f"No such graded cell: {name}")

    find_grade_cell = find_graded_cell

    def find_submission_notebook(
        self, notebook: str, _assignment: str, _student: str
    ) -> NotebookEntry:
        """Give the learner's notebook."""
        return self._submitted(notebook)

    def find_grade(self, cell: str, notebook: str, _assignment: str, _student: str) -> GradeEntry:
        """Give the points of one cell."""
        return self._grade(cell, notebook)

    def find_comment(
        self, cell: str, notebook: str, _assignment: str, _student: str
    ) -> CommentEntry:
        """Give the comments on one answer."""
        for comment in self._submitted(notebook).comments:
            if comment.name == cell:
                return comment
        raise MissingEntry(f"No such comment: {cell}")

    def _notebook(self, name: str) -> Mapping[str, Any]:
        for notebook in self._assignment["notebooks"]:
            if notebook["name"] == name:
                found: Mapping[str, Any] = notebook
                return found
        raise MissingEntry(f"No such notebook: {name}")

    def _submitted(self, name: str) -> NotebookEntry:
        for notebook in self.submission.notebooks:
            if notebook.name == name:
                return notebook
        raise MissingEntry(f"No such submitted notebook: {name}")

    def _grade(self, cell: str, notebook: str) -> GradeEntry:
        for grade in self._submitted(notebook).grades:
            if grade.name == cell:
                return grade
        raise MissingEntry(f"No such grade: {cell}")


def _empty(notebook: Mapping[str, Any]) -> NotebookEntry:
    cells = notebook["cells"]
    return NotebookEntry(
        name=notebook["name"],
        grades=[
            GradeEntry(name=it["name"], max_score=it["max_score"])
            for it in cells
            if it["type"] in _GRADED
        ],
        comments=[CommentEntry(name=it["name"]) for it in cells if it["type"] in _COMMENTED],
    )


def _fill(entry: NotebookEntry, earlier: Mapping[str, Any]) -> None:
    """Write down what the gradebook had, as `Prior.notebooks` has it."""
    entry.late_submission_penalty = earlier["late_penalty"]
    grades = {it["id"]: it for it in earlier["grades"]}
    for grade in entry.grades:
        if had := grades.get(grade.name):
            grade.auto_score, grade.manual_score = had["auto"], had["manual"]
            grade.extra_credit = had["extra_credit"]
            grade.needs_manual_grade = had.get("needs_manual", True)
    comments = {it["id"]: it for it in earlier["comments"]}
    for comment in entry.comments:
        if had := comments.get(comment.name):
            comment.auto_comment, comment.manual_comment = had["auto"], had["manual"]


def _nothing() -> None:
    pass


@contextlib.contextmanager
def opened(book: Book) -> Iterator[None]:
    """Give `book` to whatever opens a gradebook, whichever, for as long as this runs."""
    modules = [importlib.import_module(it) for it in _OPENERS]
    before = [module.Gradebook for module in modules]
    for module in modules:
        module.Gradebook = lambda *_args, **_kwargs: book  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module, gradebook in zip(modules, before, strict=True):
            module.Gradebook = gradebook  # type: ignore[attr-defined]
