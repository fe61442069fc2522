"""Colour the same code once a worker, with one formatter for all of it.

What is locked or given is in every learner's notebook: coloured once, its text is known. And
pygments makes its style sheet anew with each formatter, which takes as long as colouring a
short cell.
https://pygments.org/docs/formatters/#HtmlFormatter
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from nbconvert.filters.highlight import Highlight2HTML
from pygments import formatters

from courseops.adapters.grading.inside.recalling import Recent

_MOST_CELLS = 1000
_MOST_FORMATTERS = 100
_LONGEST_CELL = 10_000

_module: Any = formatters
_colour = Highlight2HTML.__call__
_make_formatter = _module.HtmlFormatter
_coloured = Recent[Any](_MOST_CELLS)
_kept_formatter = lru_cache(maxsize=_MOST_FORMATTERS)(_make_formatter)


def _formatter(**options: Any) -> Any:
    try:
        return _kept_formatter(**options)
    except TypeError:
        # An option that is no plain value.
        return _make_formatter(**options)


def _recall(self: Any, source: str, language: Any = None, metadata: Any = None) -> Any:
    def colour() -> Any:
        return _colour(self, source, language, metadata)  # type: ignore[no-untyped-call]

    # A cell's magics may name another language for it.
    magic = metadata and "magics_language" in metadata
    if type(self) is not Highlight2HTML or magic or len(source) > _LONGEST_CELL:
        return colour()
    options = tuple(sorted(self.extra_formatter_options.items()))
    try:
        return _coloured.get((source, language or self.pygments_lexer, options), colour)
    except TypeError:
        # An option that is no plain value.
        return colour()


@contextmanager
def quick_colours() -> Iterator[None]:
    """Let exporters use what is coloured again, for as long as this runs."""
    Highlight2HTML.__call__ = _recall  # type: ignore[method-assign]
    _module.HtmlFormatter = _formatter
    try:
        yield
    finally:
        Highlight2HTML.__call__ = _colour  # type: ignore[method-assign]
        _module.HtmlFormatter = _make_formatter
