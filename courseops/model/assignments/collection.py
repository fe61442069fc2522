"""What learners handed in, and whether nbgrader can be shown it.

nbgrader stops a whole batch over one duplicated cell, and gives no grade and no word for a
notebook whose metadata a tool has stripped (https://github.com/jupyter/nbgrader/issues/1083,
/1933). So each submission is examined before nbgrader sees it, and once more after: it has a
grade, or a named reason why not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from courseops.model.assignments.assignment import ReleasedNotebook
from courseops.model.notebooks.notebook import Cell, NotANotebookError, read_cells

# nbgrader's SchemaTooOldError and SchemaTooNewError stop its batch too.
_SCHEMA_VERSION = 3

_RESUBMIT = "ask the learner to fetch the assignment again, copy the answers over and submit"


@dataclass(frozen=True, kw_only=True)
class Submission:
    """
    One learner's newest collected work.

    `graded` says that exactly it is graded: its folder is there and the gradebook has its time.
    `ever_graded` says that this or an earlier submission was: there is a folder or are points.
    `late_seconds` counts from the gradebook's deadline with the extension that it knows of.
    """

    learner: str
    submitted_at: datetime | None = None
    late_seconds: float = 0.0
    graded: bool = False
    ever_graded: bool = False


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """
    Why a submission has no grade, or none to trust.

    A `partial` one is graded all the same: what it scores stands until it is mended.
    """

    kind: str
    reason: str
    mend: str
    partial: bool = False


def examine(
    handed_in: Mapping[str, bytes], released: Sequence[ReleasedNotebook]
) -> Quarantined | None:
    """
    Say what keeps a submission from being graded, or None.

    `handed_in` holds the notebooks' bytes by name. What would stop nbgrader comes before what
    would only make the score partial.
    """
    found = [_examine_one(it, handed_in[it.name]) for it in released if it.name in handed_in]
    problems = [problem for problem in [*found, _missing(handed_in, released)] if problem]
    return min(problems, key=lambda problem: problem.partial, default=None)


def examine_graded(notebooks: Mapping[str, bytes]) -> Quarantined | None:
    """Say what went wrong while nbgrader ran the notebooks: a cell that ran out of time."""
    for name, content in sorted(notebooks.items()):
        try:
            late = [cell for cell in read_cells(content) if _timed_out(cell)]
        except NotANotebookError as error:
            return Quarantined(
                kind="unreadable",
                reason=f"the graded {name}.ipynb {error}",
                mend="autograde this learner again with --regrade",
                partial=True,
            )
        if late:
            return Quarantined(
                kind="timeout",
                reason=f"{name}.ipynb: {late[0].called} did not end in time",
                mend="look for an infinite loop; ask the learner to mend it and submit again, "
                "or let the score stand: the tests that did run have their points",
                partial=True,
            )
    return None


def is_finished(graded: Mapping[str, bytes], expected: Iterable[str]) -> bool:
    """
    Say whether nbgrader came to the end of grading.

    It writes each notebook twice, cleaned before the cells are run and complete once the
    scores are saved; a machine that stops in between leaves what looks like graded work.
    """
    return all(name in graded and _was_run(graded[name]) for name in expected)


def _was_run(content: bytes) -> bool:
    try:
        code = [cell.was_run for cell in read_cells(content) if cell.was_run is not None]
    except NotANotebookError:
        return False
    return any(code) or not code


def _timed_out(cell: Cell) -> bool:
    return any(output.get("ename") == "CellTimeoutError" for output in cell.outputs)


def _missing(
    handed_in: Mapping[str, bytes], released: Sequence[ReleasedNotebook]
) -> Quarantined | None:
    expected = {notebook.name for notebook in released}
    missing = sorted(expected - handed_in.keys())
    if not missing:
        return None
    others = sorted(handed_in.keys() - expected)
    instead = f"; it holds {', '.join(f'{it}.ipynb' for it in others)} instead" if others else ""
    return Quarantined(
        kind="wrong-name" if _is_ours(handed_in, others, released) else "missing-notebook",
        reason=f"{', '.join(f'{it}.ipynb' for it in missing)} is not in the submission{instead}",
        mend="ask the learner to give the notebook its own name and submit again",
        partial=len(missing) < len(expected),
    )


def _is_ours(
    handed_in: Mapping[str, bytes], others: Iterable[str], released: Sequence[ReleasedNotebook]
) -> bool:
    """Say whether a notebook under another name holds cells that we handed out."""
    ids = {cell.id for notebook in released for cell in notebook.cells}
    for name in others:
        try:
            cells = read_cells(handed_in[name])
        except NotANotebookError:
            continue
        if ids & {cell.id for cell in cells}:
            return True
    return False


def _examine_one(released: ReleasedNotebook, content: bytes) -> Quarantined | None:
    where = f"{released.name}.ipynb"
    try:
        cells = read_cells(content)
    except NotANotebookError as error:
        return Quarantined(kind="unreadable", reason=f"{where} {error}", mend=_RESUBMIT)
    marked = [cell for cell in cells if cell.marks is not None]
    return (
        _stripped(where, released, marked)
        or _wrong_schema(where, marked)
        or _broken(where, released, marked)
        or _duplicated(where, marked)
        or _altered(where, released, marked)
        or _deleted(where, released, marked)
    )


def _stripped(where: str, released: ReleasedNotebook, marked: Sequence[Cell]) -> Quarantined | None:
    expected = {cell.id for cell in released.cells}
    if not expected or expected & {cell.id for cell in marked}:
        return None
    return Quarantined(
        kind="no-metadata",
        reason=f"{where} has lost nbgrader's metadata: none of its {len(expected)} cells is marked",
        mend=f"the notebook was saved by a tool that drops metadata; {_RESUBMIT}",
    )


def _wrong_schema(where: str, marked: Sequence[Cell]) -> Quarantined | None:
    for cell in marked:
        version = (cell.marks or {}).get("schema_version", 0)
        if version != _SCHEMA_VERSION:
            return Quarantined(
                kind="wrong-schema",
                reason=f"{where}: {cell.called} has nbgrader metadata of version {version!r}, "
                f"not {_SCHEMA_VERSION}",
                mend=f"the notebook was made for another release of nbgrader; {_RESUBMIT}",
            )
    return None


def _broken(where: str, released: ReleasedNotebook, marked: Sequence[Cell]) -> Quarantined | None:
    graded = {cell.id for cell in released.cells if cell.points is not None}
    for cell in marked:
        what = _what_is_broken(cell, graded)
        if what:
            return Quarantined(
                kind="broken-metadata", reason=f"{where}: {cell.called} {what}", mend=_RESUBMIT
            )
    return None


def _what_is_broken(cell: Cell, graded: set[str]) -> str:
    marks = cell.marks or {}
    if not all(isinstance(marks.get(flag), bool) for flag in ("grade", "solution", "locked")):
        return "lacks grade, solution or locked in its metadata"
    if cell.is_followed and not cell.id:
        return "lacks its grade_id"
    if marks["grade"] and not isinstance(marks.get("points"), int | float):
        return "lacks its points"
    if marks["grade"] and cell.id not in graded:
        return "is marked as graded, but was not handed out so"
    return ""


def _duplicated(where: str, marked: Sequence[Cell]) -> Quarantined | None:
    counts = Counter(cell.id for cell in marked if cell.is_followed)
    twice = sorted(id_ for id_, count in counts.items() if id_ and count > 1)
    if not twice:
        return None
    places = ", ".join(str(cell.number) for cell in marked if cell.id == twice[0])
    return Quarantined(
        kind="duplicate-cells",
        reason=f"{where}: {twice[0]} is there {counts[twice[0]]} times (cells {places})",
        mend=f"ask the learner to delete all but one copy of {', '.join(twice)} and submit again",
    )


def _altered(where: str, released: ReleasedNotebook, marked: Sequence[Cell]) -> Quarantined | None:
    types = {cell.id: cell.type for cell in released.cells if cell.type}
    for cell in marked:
        if cell.is_followed and cell.type != types.get(cell.id, cell.type):
            return Quarantined(
                kind="altered-cells",
                reason=f"{where}: {cell.called} was turned from {types[cell.id]} into {cell.type}",
                mend=f"ask the learner to turn it back into {types[cell.id]} and submit again",
            )
    return None


def _deleted(where: str, released: ReleasedNotebook, marked: Sequence[Cell]) -> Quarantined | None:
    there = {cell.id for cell in marked}
    gone = [cell for cell in released.cells if cell.points is not None and cell.id not in there]
    if not gone:
        return None
    points = sum(cell.points or 0.0 for cell in gone)
    return Quarantined(
        kind="missing-cells",
        reason=f"{where}: {', '.join(cell.id for cell in gone)} was deleted ({points:g} points)",
        mend=f"{_RESUBMIT}, or give the points by hand in formgrader",
        partial=True,
    )
