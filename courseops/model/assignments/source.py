"""All that a teacher's or a generated notebook says in words, cell by cell.

`model/notebooks/notebook.py` reads what grading must understand; the text of cells, their metadata
and attachments are read here, of notebooks that nbgrader has taken or made.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from courseops.model.notebooks.notebook import Cell


@dataclass(frozen=True, kw_only=True)
class FullCell(Cell):
    """
    A cell with its words: `attachments` as text by name, `metadata_strings` without order.

    `is_locked` says that a learner can neither edit nor delete it.
    """

    kind: str
    source: str
    metadata_strings: tuple[str, ...] = ()
    attachments: Mapping[str, str] = field(default_factory=dict)
    is_locked: bool = False

    @property
    def is_code(self) -> bool:
        """Say whether it holds code."""
        return self.kind == "code"


def read_full_cells(content: bytes) -> tuple[FullCell, ...]:
    """Read the cells of what `read_cells` has found to be a notebook."""
    cells: list[dict[str, Any]] = json.loads(content)["cells"]
    return tuple(_read(number, cell) for number, cell in enumerate(cells, start=1))


def strings_in(content: bytes, key: str) -> tuple[str, ...]:
    """Give every text below `key` of a notebook."""
    return tuple(_strings(json.loads(content).get(key)))


def _read(number: int, cell: Mapping[str, Any]) -> FullCell:
    metadata = cell["metadata"]
    marks, outputs = metadata.get("nbgrader"), cell.get("outputs")
    return FullCell(
        number=number,
        marks=marks if isinstance(marks, dict) else None,
        outputs=tuple(outputs) if isinstance(outputs, list) else (),
        kind=str(cell.get("cell_type")),
        source=_joined(cell.get("source")),
        metadata_strings=tuple(_strings(metadata)),
        attachments=dict(_attachments(cell.get("attachments"))),
        is_locked=metadata.get("editable") is False and metadata.get("deletable") is False,
    )


def _joined(text: object) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        # Multi-line text may be kept as a list of its lines.
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)


def _attachments(attachments: object) -> Iterator[tuple[str, str]]:
    if not isinstance(attachments, dict):
        return
    for name, bundle in attachments.items():
        texts = bundle.items() if isinstance(bundle, dict) else ()
        yield str(name), "\n".join(_decoded(str(kind), _joined(text)) for kind, text in texts)


def _decoded(kind: str, text: str) -> str:
    if kind.startswith("image/") and kind != "image/svg+xml":
        return ""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return text
