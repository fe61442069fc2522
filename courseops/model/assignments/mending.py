"""What would mend a submission that cannot be graded: the same work, in the shape it went out in.

A mending never changes what a learner wrote. It gives a notebook its name, a cell its marks or
its type back, takes the marks off a copy, or puts back a cell that was handed out and is gone;
where two readings are possible there is none, and a person must look. The learner's own bytes
stay as they are: what is mended lies beside them.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from courseops.model.assignments.assignment import ReleasedNotebook
from courseops.model.assignments.collection import examine
from courseops.model.assignments.salvage import salvage
from courseops.model.notebooks.notebook import NotANotebookError, parse_notebook, text_of

# Mending one thing can bring the next to light; a notebook has only so many.
_MOST_ROUNDS = 50

_Notebooks = dict[str, bytes]
_RawCell = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Mending:
    """
    How one learner's submission can be mended: each step in words, and what it comes to.

    `notebooks` holds the whole submission's notebooks by name, mended or as they were.
    """

    learner: str
    steps: tuple[str, ...]
    notebooks: Mapping[str, bytes]


def propose(
    learner: str,
    handed_in: Mapping[str, bytes],
    released: Sequence[ReleasedNotebook],
    handed_out: Mapping[str, bytes],
) -> Mending | None:
    """
    Find what would mend a submission, or None where only a person can.

    `handed_out` holds the released notebooks' bytes by name. The result stands up to
    `examine`; a submission that does so already needs no mending.
    """
    notebooks, steps = dict(handed_in), list[str]()
    for _ in range(_MOST_ROUNDS):
        problem = examine(notebooks, released)
        if problem is None:
            return Mending(learner=learner, steps=tuple(steps), notebooks=notebooks)
        step = _MENDERS.get(problem.kind, _nothing)(notebooks, released, handed_out)
        if not step:
            break
        steps.append(step)
    # What is left costs points, but stops nothing.
    is_better = steps and problem and problem.partial
    if not is_better:
        return None
    return Mending(learner=learner, steps=tuple(steps), notebooks=notebooks)


def _nothing(*_: object) -> str:
    return ""


def _rename(
    notebooks: _Notebooks, released: Sequence[ReleasedNotebook], _: Mapping[str, bytes]
) -> str:
    expected = {it.name: {cell.id for cell in it.cells} for it in released}
    strangers = [name for name in notebooks if name not in expected]
    for name, ids in expected.items():
        found = [it for it in strangers if ids & _ids(notebooks[it])]
        if name not in notebooks and len(found) == 1:
            notebooks[name] = notebooks.pop(found[0])
            return f"give {found[0]}.ipynb its name {name}.ipynb back"
    return ""


def _ids(content: bytes) -> set[str]:
    try:
        cells = parse_notebook(content)["cells"]
    except NotANotebookError:
        return set()
    return {_id(cell) for cell in cells if isinstance(cell, dict)} - {""}


def _salvage(
    notebooks: _Notebooks, released: Sequence[ReleasedNotebook], _: Mapping[str, bytes]
) -> str:
    for name in (it.name for it in released if it.name in notebooks):
        try:
            parse_notebook(notebooks[name])
        except NotANotebookError:
            saved = salvage(notebooks[name])
            if saved is None:
                return ""
            notebooks[name] = saved.content
            return f"{name}.ipynb: {saved.how}"
    return ""


def _in_cells(change: Callable[[list[_RawCell], list[_RawCell]], str]) -> Callable[..., str]:
    """Make a mender of a function that changes one notebook's cells, given those handed out."""

    def mend(
        notebooks: _Notebooks, released: Sequence[ReleasedNotebook], out: Mapping[str, bytes]
    ) -> str:
        for name in (it.name for it in released if it.name in notebooks and it.name in out):
            notebook = parse_notebook(notebooks[name])
            step = change(notebook["cells"], parse_notebook(out[name])["cells"])
            if step:
                notebooks[name] = json.dumps(notebook, ensure_ascii=False, indent=1).encode()
                return f"{name}.ipynb: {step}"
        return ""

    return mend


def _unmark_copies(cells: list[_RawCell], out: list[_RawCell]) -> str:
    handed_out = {_id(cell): cell for cell in out}
    counts = Counter(_id(cell) for cell in cells if _id(cell))
    twice = [id_ for id_, count in counts.items() if count > 1]
    if not twice:
        return ""
    id_ = twice[0]
    copies = [cell for cell in cells if _id(cell) == id_]
    kept = _the_answer(copies, handed_out.get(id_))
    for cell in copies:
        if cell is not kept:
            del cell["metadata"]["nbgrader"]
    number = 1 + next(at for at, cell in enumerate(cells) if cell is kept)
    return f"let cell {number} be {id_}; its {len(copies) - 1} other copies stay, without marks"


def _the_answer(copies: Sequence[_RawCell], handed_out: _RawCell | None) -> _RawCell:
    if handed_out is not None and not _marks(handed_out).get("solution"):
        return copies[0]
    written = [it for it in copies if handed_out is None or text_of(it) != text_of(handed_out)]
    # Run one after the other, it is the last one that counts.
    return (written or list(copies))[-1]


def _give_marks_back(cells: list[_RawCell], out: list[_RawCell]) -> str:
    handed_out = {_id(cell): _marks(cell) for cell in out if _id(cell)}
    mended = []
    for cell in cells:
        marks = _marks(cell)
        id_ = marks.get("grade_id")
        right = handed_out.get(id_) if isinstance(id_, str) else None
        if marks and marks != right:
            if right is None:
                del cell["metadata"]["nbgrader"]
            else:
                cell["metadata"]["nbgrader"] = copy.deepcopy(right)
            mended.append(str(id_ or "a nameless cell"))
    return f"give the marks they went out with back to {', '.join(mended)}" if mended else ""


def _turn_back(cells: list[_RawCell], out: list[_RawCell]) -> str:
    types = {_id(cell): cell["cell_type"] for cell in out if _id(cell)}
    turned = [it for it in cells if _id(it) and it["cell_type"] != types.get(_id(it))]
    turned = [it for it in turned if _id(it) in types]
    for cell in turned:
        cell["cell_type"] = types[_id(cell)]
        if cell["cell_type"] == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
    names = ", ".join(f"{_id(cell)} into {cell['cell_type']}" for cell in turned)
    return f"turn {names} again" if turned else ""


def _put_back(cells: list[_RawCell], out: list[_RawCell]) -> str:
    here = {_id(cell) for cell in cells}
    gone = [cell for cell in out if _id(cell) and _id(cell) not in here]
    for cell in gone:
        before = [_id(it) for it in out[: out.index(cell)] if _id(it)]
        places = [at for at, it in enumerate(cells) if _id(it) in before]
        cells.insert(places[-1] + 1 if places else 0, copy.deepcopy(cell))
    names = ", ".join(_id(cell) for cell in gone)
    return f"put back, as it was handed out: {names}" if gone else ""


def _mark_anew(cells: list[_RawCell], out: list[_RawCell]) -> str:
    """Find the cells that lost their marks; all answers must be found, or nothing is done."""
    if any(_id(cell) for cell in cells):
        return ""
    pairs = dict(_pairs(cells, out))
    answers = [at for at, cell in enumerate(out) if _marks(cell).get("solution")]
    if not set(answers) <= set(pairs.values()):
        return ""
    for here, there in pairs.items():
        if _marks(out[there]):
            cells[here].setdefault("metadata", {})["nbgrader"] = copy.deepcopy(_marks(out[there]))
    return "give the cells their marks back, found by their order and what was handed out"


def _pairs(cells: Sequence[_RawCell], out: Sequence[_RawCell]) -> Iterator[tuple[int, int]]:
    """Pair the places of the same cell; between cells that are alike, only gaps of one size."""
    names_out = {cell.get("id"): at for at, cell in enumerate(out) if cell.get("id")}
    by_name = [
        (at, names_out[cell["id"]])
        for at, cell in enumerate(cells)
        if cell.get("id") in names_out
        and cell["cell_type"] == out[names_out[cell["id"]]]["cell_type"]
    ]
    if by_name:
        yield from by_name
        return
    matcher = SequenceMatcher(None, [*map(_look, cells)], [*map(_look, out)], autojunk=False)
    for what, here, here_end, there, there_end in matcher.get_opcodes():
        types = [it["cell_type"] for it in cells[here:here_end]]
        same_size = types == [it["cell_type"] for it in out[there:there_end]]
        if what == "equal" or (what == "replace" and same_size):
            yield from zip(range(here, here_end), range(there, there_end), strict=True)


def _look(cell: _RawCell) -> tuple[str, str]:
    return cell["cell_type"], text_of(cell).strip()


def _marks(cell: _RawCell) -> dict[str, Any]:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return marks if isinstance(marks, dict) else {}


def _id(cell: _RawCell) -> str:
    id_ = _marks(cell).get("grade_id")
    return id_ if isinstance(id_, str) else ""


_MENDERS: Mapping[str, Callable[..., str]] = {
    "unreadable": _salvage,
    "wrong-name": _rename,
    "no-metadata": _in_cells(_mark_anew),
    "wrong-schema": _in_cells(_give_marks_back),
    "broken-metadata": _in_cells(_give_marks_back),
    "duplicate-cells": _in_cells(_unmark_copies),
    "altered-cells": _in_cells(_turn_back),
    "missing-cells": _in_cells(_put_back),
}
