"""Spell what an action gave as a JSON document, headed by its schema and version."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from pydantic import TypeAdapter


def spell(schema: str, version: int, value: Any) -> str:
    """Spell one JSON document; a list stands under `items`."""
    body = TypeAdapter(type(value)).dump_python(value, mode="json")
    content = body if dataclasses.is_dataclass(value) else {"items": body}
    head = {"schema": schema, "version": version}
    text = json.dumps({**head, **content}, ensure_ascii=False, indent=2)
    # A name that is no UTF-8 is spelled as JSON spells half a character.
    return text.encode(errors="backslashreplace").decode()
