"""Let nbconvert work on the notebook that it has read, and not on copies of it.

It copies a notebook deeply three times before it changes it, for the sake of whoever handed it
over. Here nobody did: it was read from a file, for one page.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from nbconvert.exporters import exporter
from nbformat import NotebookNode, validator

_exporter: Any = exporter
_validator: Any = validator


@contextmanager
def no_copies() -> Iterator[None]:
    """Let exporters change the notebook itself, for as long as this runs."""
    theirs = _exporter.copy, _validator.deepcopy
    _exporter.copy, _validator.deepcopy = SimpleNamespace(deepcopy=_copied), _copied
    try:
        yield
    finally:
        _exporter.copy, _validator.deepcopy = theirs


def _copied(value: Any) -> Any:
    return value if type(value) is NotebookNode else copy.deepcopy(value)
