"""Compile the templates of feedback pages once a worker, and colour the same cell once.

nbconvert makes a Jinja environment for each converter, and compiling its templates takes
longer than filling them in. Compiled code is kept by name and by what the source says:
https://jinja.palletsprojects.com/en/stable/api/#bytecode-cache
What is locked or given is in every learner's notebook: coloured once, its text is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML

_MOST_CELLS = 1000
_LONGEST_CELL = 10_000


class KeptTemplates(BytecodeCache):
    """Compiled templates, for as long as the process lives."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled, if it was from the same source."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


_kept = KeptTemplates()
_colour = Highlight2HTML.__call__


@lru_cache(maxsize=_MOST_CELLS)
def _coloured(source: str, language: str, options: tuple[tuple[str, Any], ...]) -> Any:
    kind: Any = Highlight2HTML
    highlight = kind(pygments_lexer=language)
    highlight.extra_formatter_options = dict(options)
    return _colour(highlight, source)  # type: ignore[no-untyped-call]  # nbconvert has no types


def _recall(self: Any, source: str, language: Any = None, metadata: Any = None) -> Any:
    options = tuple(sorted(self.extra_formatter_options.items()))
    # A cell's magics may name another language for it.
    magic = metadata and "magics_language" in metadata
    if type(self) is not Highlight2HTML or magic or len(source) > _LONGEST_CELL:
        return _colour(self, source, language, metadata)  # type: ignore[no-untyped-call]
    try:
        return _coloured(source, language or self.pygments_lexer, options)
    except TypeError:
        # An option that is no plain value.
        return _colour(self, source, language, metadata)  # type: ignore[no-untyped-call]


@contextmanager
def kept_templates() -> Iterator[None]:
    """Let exporters use what is compiled and coloured again, for as long as this runs."""
    create = TemplateExporter._create_environment

    def create_environment(self: Any) -> Any:
        environment = create(self)  # type: ignore[no-untyped-call]  # nbconvert has none
        environment.bytecode_cache = _kept
        return environment

    TemplateExporter._create_environment = create_environment  # type: ignore[method-assign]
    Highlight2HTML.__call__ = _recall  # type: ignore[method-assign]
    try:
        yield
    finally:
        TemplateExporter._create_environment = create  # type: ignore[method-assign]
        Highlight2HTML.__call__ = _colour  # type: ignore[method-assign]
