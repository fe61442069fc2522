"""A notebook's bytes, as far as grading must understand them: its cells and nbgrader's marks.

Whatever bytes come in, this answers or raises `NotANotebookError`; it never executes, repairs
or writes a notebook. The format is https://nbformat.readthedocs.io/en/stable/format_description.html
and the marks are nbgrader's cell metadata, schema 3:
https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_NOTEBOOK_FORMAT = 4


class NotANotebookError(ValueError):
    """The bytes are no notebook; the text says why, to follow the file's name."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    One cell: its place from 1 on, nbgrader's marks (None without any), and its outputs.

    `was_run` is None for a cell that holds no code to run.
    """

    number: int
    type: str = ""
    marks: Mapping[str, Any] | None
    outputs: tuple[Mapping[str, Any], ...] = ()
    was_run: bool | None = None

    @property
    def id(self) -> str:
        """Give the `grade_id`, or nothing."""
        id_ = (self.marks or {}).get("grade_id")
        return id_ if isinstance(id_, str) else ""

    @property
    def is_followed(self) -> bool:
        """Say whether nbgrader follows this cell: graded, answered, locked or a task."""
        marks = self.marks or {}
        return any(marks.get(flag) for flag in ("grade", "solution", "locked", "task"))

    @property
    def called(self) -> str:
        """Name the cell for a person."""
        return f"cell {self.number} ({self.id})" if self.id else f"cell {self.number}"


def read_cells(content: bytes) -> tuple[Cell, ...]:
    """
    Read the cells of a notebook.

    Raises:
        NotANotebookError: the bytes are no notebook of format 4.
    """
    return tuple(_read_cells(parse_notebook(content)["cells"]))


def parse_notebook(content: bytes) -> dict[str, Any]:
    """
    Parse a notebook as far as that it has a list of cells.

    Raises:
        NotANotebookError: the bytes are no notebook of format 4.
    """
    notebook = _parse(content)
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotANotebookError("is JSON, but not a notebook: it has no list of cells")
    version = notebook.get("nbformat")
    if version != _NOTEBOOK_FORMAT:
        raise NotANotebookError(f"has notebook format {version!r}, not {_NOTEBOOK_FORMAT}")
    return notebook


def text_of(cell: Mapping[str, Any]) -> str:
    """Give a raw cell's source as one text; it may be kept as a list of lines."""
    source = cell.get("source")
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def _parse(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotANotebookError(f"is not text in UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        if not content.strip():
            raise NotANotebookError("is empty") from error
        where = f"line {error.lineno}, column {error.colno} of {len(content)} bytes"
        raise NotANotebookError(f"is not JSON ({error.msg}: {where})") from error
    except (RecursionError, ValueError) as error:
        raise NotANotebookError(f"is no sensible JSON: {error}") from error


def _read_cells(cells: list[Any]) -> Iterator[Cell]:
    for number, cell in enumerate(cells, start=1):
        metadata = cell.get("metadata") if isinstance(cell, dict) else None
        if not isinstance(metadata, dict):
            raise NotANotebookError(f"is damaged: cell {number} is not a notebook cell")
        marks, outputs = metadata.get("nbgrader"), cell.get("outputs")
        yield Cell(
            number=number,
            type=str(cell.get("cell_type")),
            marks=marks if isinstance(marks, dict) else None,
            outputs=tuple(it for it in outputs if isinstance(it, dict))
            if isinstance(outputs, list)
            else (),
            was_run=_was_run(cell),
        )


def _was_run(cell: Mapping[str, Any]) -> bool | None:
    if cell.get("cell_type") != "code" or not text_of(cell).strip():
        return None
    # A cell that was cut off has an error, but no number.
    return cell.get("execution_count") is not None or bool(cell.get("outputs"))
