"""Save what can be read of a notebook's bytes that are not quite JSON.

Three things happen to files on their way: another encoding, something after the end, and an
end that is missing. In the last case the cells before the break are all there.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any

from courseops.model.notebooks.notebook import NotANotebookError, parse_notebook

_MARKS_OF_ORDER = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOTEBOOK_FORMAT = 4
_BETWEEN_CELLS = re.compile(r"[\s,]*")


@dataclass(frozen=True)
class Salvaged:
    """A notebook that can be read again, and how that was brought about."""

    content: bytes
    how: str


def salvage(content: bytes) -> Salvaged | None:
    """Read what can be read, without guessing at any of it; None if that is no notebook."""
    text, how = _decode(content)
    if text is None:
        return None
    try:
        notebook, end = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return _before_the_break(text)
    if end < len(text.strip()):
        how = "leave out what stands after the notebook's end"
    return _readable(notebook, how) if how else None


def _decode(content: bytes) -> tuple[str | None, str]:
    for mark, encoding in _MARKS_OF_ORDER:
        if content.startswith(mark):
            try:
                return content.decode(encoding), f"read it as {encoding.upper()}"
            except UnicodeDecodeError:
                return None, ""
    try:
        return content.decode(), ""
    except UnicodeDecodeError as error:
        # Cut in the middle of a letter, the rest is still whole.
        whole = error.start >= len(content) - 3
        return (content[: error.start].decode(), "") if whole else (None, "")


def _before_the_break(text: str) -> Salvaged | None:
    start = text.find('"cells"')
    start = text.find("[", start) if start >= 0 else -1
    if start < 0:
        return None
    cells, at, decoder = list[Any](), start + 1, json.JSONDecoder()
    while True:
        blank = _BETWEEN_CELLS.match(text, at)
        try:
            cell, at = decoder.raw_decode(text, blank.end() if blank else at)
        except (ValueError, RecursionError):
            break
        cells.append(cell)
    if not cells:
        return None
    notebook = {"cells": cells, "metadata": {}, "nbformat": _NOTEBOOK_FORMAT, "nbformat_minor": 5}
    return _readable(notebook, f"the file breaks off after cell {len(cells)}; keep what is there")


def _readable(notebook: object, how: str) -> Salvaged | None:
    content = json.dumps(notebook, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    try:
        parse_notebook(content)
    except NotANotebookError:
        return None
    return Salvaged(content, how)
