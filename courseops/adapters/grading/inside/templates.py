"""Compile the templates of feedback pages once a worker, not once a page.

nbconvert makes a Jinja environment for each converter, and compiling its templates takes
longer than filling them in. Compiled code is kept by name and by what the source says:
https://jinja.palletsprojects.com/en/stable/api/#bytecode-cache
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from nbconvert.exporters.templateexporter import TemplateExporter


class KeptTemplates(BytecodeCache):
    """Compiled templates, for as long as the process lives."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled, if it was from the same source."""
        if bucket.key in self._kept:
            bucket.load_bytecode(io.BytesIO(self._kept[bucket.key]))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_kept = KeptTemplates()


@contextmanager
def kept_templates() -> Iterator[None]:
    """Let exporters use compiled templates again, for as long as this runs."""
    create = TemplateExporter._create_environment

    def create_environment(self: Any) -> Any:
        environment = create(self)  # type: ignore[no-untyped-call]  # nbconvert has none
        environment.bytecode_cache = _kept
        return environment

    TemplateExporter._create_environment = create_environment  # type: ignore[method-assign]
    try:
        yield
    finally:
        TemplateExporter._create_environment = create  # type: ignore[method-assign]
