"""Check nbgrader's cell metadata quickly, with nbgrader's own schema and its own words.

nbgrader checks the schema itself anew for every cell, with jsonschema. A compiled check
(https://horejsek.github.io/python-fastjsonschema/) says yes a hundred times as fast; whatever
it does not say yes to, jsonschema decides as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import fastjsonschema
from nbgrader.nbgraderformat import MetadataValidator, common

_compiled: dict[int, Callable[[Any], Any]] = {}


@contextmanager
def quick_validation() -> Iterator[None]:
    """Let nbgrader's validator ask the compiled check first, for as long as this runs."""
    schema = MetadataValidator().schema
    compiled = _compiled.get(MetadataValidator.schema_version)
    if compiled is None:
        # Its defaults would be written into the learner's metadata.
        compiled = fastjsonschema.compile(schema, use_default=False)
        _compiled[MetadataValidator.schema_version] = compiled

    theirs = common.jsonschema

    def validate(instance: Any, asked: Any) -> None:
        if asked == schema and _accepts(compiled, instance):
            return
        theirs.validate(instance, asked)

    common.jsonschema = SimpleNamespace(validate=validate)
    try:
        yield
    finally:
        common.jsonschema = theirs


def _accepts(compiled: Callable[[Any], Any], instance: Any) -> bool:
    try:
        compiled(instance)
    except fastjsonschema.JsonSchemaException:
        return False
    return True
