"""Fill in a cell's part of a page once a worker, for a cell that stands in many notebooks.

What is given, and a test that everybody passed, look the same in every learner's notebook. In
nbgrader's templates and those of nbconvert beneath them, a cell's part depends on the cell, on
the language of the code and on the exporter's settings, of which there is one set a worker:
that is what it is known by. Templates that read otherwise than those of which this was seen, a
course's own among them, are filled in as ever.
https://jinja.palletsprojects.com/en/stable/templates/#super-blocks
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from jinja2 import TemplateNotFound
from nbconvert.exporters import HTMLExporter

from courseops.adapters.grading.inside.recalling import Recent

# Every page is made of these, found as nbconvert finds them.
_TEMPLATES = (
    "index.html.j2",
    "nbconvert/templates/classic/index.html.j2",
    "base.html.j2",
    "display_priority.j2",
    "base/null.j2",
    "celltags.j2",
    "cell_id_anchor.j2",
    "mathjax.html.j2",
    "jupyter_widgets.html.j2",
)
# Those of nbgrader 0.9.6 over nbconvert 7.17.
_KNOWN = frozenset({"5dcc6b42b8f4b4485fb9896c3a192908bfadffddb7e69956d7ae4b82417b42db"})
_ONCE = (
    "{% extends 'index.html.j2' %}{% block any_cell scoped %}{{ once(cell, super) }}{% endblock %}"
)
_MOST_CELLS = 500
_LONGEST_CELL = 20_000
# Where these are shown, a page gets an identifier made at random, or its notebook's own state.
_RANDOM = ("application/javascript", "application/vnd.jupyter.widget-view+json")
# When a cell was run is nowhere in a page.
_WHEN = "execution"


def keep_cells(exporter: Any) -> bool:
    """Let an exporter fill in the same cell once, if its templates are those that allow it."""
    if not _is_usual(exporter):
        return False
    exporter.raw_template = _ONCE
    # A change of templates makes a new environment.
    environment = exporter.environment
    environment.globals["once"] = _Kept(
        lambda: environment.filters["highlight_code"].pygments_lexer
    ).once
    return True


def _is_usual(exporter: Any) -> bool:
    changed = exporter.filters or exporter.embed_images or exporter.raw_template
    if type(exporter) is not HTMLExporter or changed or exporter.template_file != _TEMPLATES[0]:
        return False
    environment = exporter.environment
    try:
        sources = [environment.loader.get_source(environment, it)[0] for it in _TEMPLATES]
    except TemplateNotFound:
        return False
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest() in _KNOWN


class _Kept:
    """The parts of pages that cells gave, by the cell and the language of its code."""

    def __init__(self, language: Callable[[], str]) -> None:
        self._language = language
        self._parts = Recent[str](_MOST_CELLS)

    def once(self, cell: Any, fill: Callable[[], str]) -> str:
        """Give a cell's part of a page."""
        spelled = _spelled(cell)
        if spelled is None:
            return fill()
        return self._parts.get((self._language(), spelled), fill)


def _spelled(cell: Any) -> str | None:
    if any(it in output.get("data", ()) for output in cell.get("outputs", ()) for it in _RANDOM):
        return None
    shown = {name: it for name, it in cell["metadata"].items() if name != _WHEN}
    try:
        spelled = json.dumps({**cell, "metadata": shown})
    except (TypeError, ValueError):
        return None
    return spelled if len(spelled) < _LONGEST_CELL else None
