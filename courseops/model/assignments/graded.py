"""What grading one submission came to, as data: no database was seen, none was written.

Whoever merges it into a gradebook decides what stands there afterwards; points and comments
given by hand are none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from courseops.model.assignments.collection import Quarantined


@dataclass(frozen=True, kw_only=True)
class CellScore:
    """
    The automatic score of one graded cell, by its `grade_id`.

    `auto` is None where only a person can give points; `needs_manual_grade` as nbgrader has it.
    """

    id: str
    auto: float | None
    needs_manual_grade: bool


@dataclass(frozen=True, kw_only=True)
class CellComment:
    """What nbgrader remarks by itself on an answer, such as `No response.`; None for nothing."""

    id: str
    auto: str | None


@dataclass(frozen=True, kw_only=True)
class GradedNotebook:
    """One notebook's scores, remarks and penalty, by its name without `.ipynb`."""

    name: str
    cells: tuple[CellScore, ...] = ()
    comments: tuple[CellComment, ...] = ()
    late_penalty: float | None = None


@dataclass(frozen=True, kw_only=True)
class ResourceUse:
    """What a submission used: seconds of wall clock and processor, the most memory at once."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class GradedFile:
    """One file of the autograded folder, by its path in it; `mode` as in stat(2)."""

    path: str
    content: bytes
    mode: int = 0o644


@dataclass(frozen=True, kw_only=True)
class GradedWork:
    """
    One learner's submission after grading.

    With a `problem` that is not partial there are no scores and no files. `digest` names all
    that went in (the submission, the tests, the bounds), so that the same need not be graded
    twice. `remarks` are what a person should look at: evidence of tampering, in words.
    """

    learner: str
    digest: str = ""
    submitted_at: datetime | None = None
    notebooks: tuple[GradedNotebook, ...] = ()
    files: tuple[GradedFile, ...] = ()
    use: ResourceUse = ResourceUse()
    problem: Quarantined | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WrittenFeedback:
    """The feedback pages of one learner, HTML by notebook name; with a `problem`, none."""

    learner: str
    pages: Mapping[str, bytes] = field(default_factory=dict)
    problem: Quarantined | None = None
