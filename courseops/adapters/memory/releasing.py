"""A course whose assignments are notebooks in memory; nothing in them is ever run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from courseops.errors import RefusedError
from courseops.model.assignments.assignment import (
    Assignment,
    Released,
    ReleasedCell,
    ReleasedNotebook,
    State,
)
from courseops.model.assignments.push import PushedFile
from courseops.model.assignments.release import SOLUTION, Conversion, FailedCell, Generated

_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


@dataclass
class MemoryReleasing:
    """
    The `sources` of a course: the files of each assignment, by their path.

    What is in `failing` does not pass; `inbound` says who has submitted what.
    """

    course_id: str = "python101"
    sources: dict[str, dict[str, bytes]] = field(default_factory=dict)
    failing: dict[str, list[FailedCell]] = field(default_factory=dict)
    inbound: dict[str, list[str]] = field(default_factory=dict)
    outbound: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    _generated: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    _due: dict[str, datetime] = field(default_factory=dict)

    def assignments(self, name: str = "") -> list[Assignment]:
        """List the assignments by deadline, then name."""
        return [
            Assignment(
                name=own,
                state=State.RELEASED if own in self.outbound else State.DRAFT,
                due_at=self._due.get(own),
            )
            for own in sorted(self.sources, key=lambda it: (str(self._due.get(it, "")), it))
            if name in ("", own)
        ]

    def validate(self, name: str) -> list[FailedCell]:
        """Give what was said to fail."""
        return list(self.failing.get(name, ()))

    def generate(self, name: str) -> Generated:
        """Take out what stands between nbgrader's usual delimiters."""
        if name not in self.sources:
            raise RefusedError(f"there is no source/{name}")
        self._generated[name] = {
            path: _clear(content) if path.endswith(".ipynb") else content
            for path, content in self.sources[name].items()
        }
        return Generated(source=dict(self.sources[name]), release=self._generated[name])

    def publish(self, name: str) -> Released:
        """Release what was generated last."""
        before, self.outbound[name] = self.outbound.get(name), self._generated[name]
        if before is None:
            return Released.NEW
        return Released.UNCHANGED if before == self.outbound[name] else Released.AGAIN

    def set_due(self, name: str, due_at: datetime) -> None:
        """Give an assignment its deadline."""
        self._due[name] = due_at

    def retract(self, name: str) -> None:
        """Take an assignment back."""
        self.outbound.pop(name, None)

    def released_files(self, name: str) -> tuple[PushedFile, ...]:
        """Give what is released, by path."""
        files = self.outbound.get(name, {})
        return tuple(PushedFile(path=path, content=files[path]) for path in sorted(files))

    def released_notebooks(self, name: str) -> tuple[ReleasedNotebook, ...]:
        """Give the notebooks of what was generated last, and their marked cells."""
        return tuple(
            ReleasedNotebook(name=path.removesuffix(".ipynb"), cells=tuple(_marked(content)))
            for path, content in self._generated.get(name, {}).items()
            if path.endswith(".ipynb")
        )

    def waiting(self, name: str) -> list[str]:
        """List who has submitted."""
        return sorted(self.inbound.get(name, ()))


def _clear(content: bytes) -> bytes:
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        cell["source"] = _cleared(cell["source"], marks)
        cell.pop("outputs", None)
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
        if (marks.get("grade") or marks.get("locked")) and not marks.get("solution"):
            cell["metadata"] |= {"deletable": False, "editable": False}
    return json.dumps(notebook).encode()


def _cleared(source: str, marks: Mapping[str, Any]) -> str:
    lines, closing, was_solution = [], "", False
    for line in source.split("\n"):
        begun = next((it for it in Conversion().regions if it.begin in line), None)
        if closing:
            closing = "" if closing in line else closing
        elif begun:
            closing = begun.end
            if begun is SOLUTION:
                was_solution = True
                lines.append(_STUB)
        else:
            lines.append(line)
    return _STUB if marks.get("solution") and not was_solution else "\n".join(lines)


def _marked(content: bytes) -> list[ReleasedCell]:
    return [
        ReleasedCell(id=marks["grade_id"], points=marks.get("points"), type=cell["cell_type"])
        for cell in json.loads(content)["cells"]
        if (marks := cell["metadata"].get("nbgrader"))
    ]
