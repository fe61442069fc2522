"""Put what is wrong with a TOML file of ours into words: config.toml, courses.d/ and jobs/.

Every line reads `file: key: what is wrong, and an example`; an unknown key comes with the
known one it resembles. pydantic says where and what; this module says it for a person:
https://docs.pydantic.dev/latest/errors/validation_errors/
"""

from __future__ import annotations

import difflib
import json
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

_WORDS = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "path_type": "must be a path in quotes",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "tuple_type": "must be a list",
}


def describe(error: ValidationError, model: type[BaseModel], file: str) -> Iterator[str]:
    """Give one line a mistake, in the file's own words."""
    for mistake in error.errors(include_url=False):
        keys = [str(part) for part in mistake["loc"] if not _is_internal(part)]
        yield f"{file}: {'.'.join(keys) or 'whole file'}: {_what(mistake, keys, model)}"


def _is_internal(part: int | str) -> bool:
    # pydantic marks validators of a union or of a dict's key in the location.
    return isinstance(part, str) and (part.startswith("function-") or part == "[key]")


def _what(mistake: Any, keys: Sequence[str], model: type[BaseModel]) -> str:
    if mistake["type"] == "extra_forbidden":
        return _unknown_key(keys, model)
    said = str(mistake["msg"]).removeprefix("Value error, ")
    words = _WORDS.get(mistake["type"], said[:1].lower() + said[1:])
    example = _example(keys, model)
    return f"{words}, for example {example}" if example else words


def _unknown_key(keys: Sequence[str], model: type[BaseModel]) -> str:
    section = _section_at(keys[:-1], model)
    known = list(section.model_fields) if section else []
    near = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
    if near:
        return f"is not a key that courseops knows; did you mean {near[0]}?"
    return f"is not a key that courseops knows; here it knows {', '.join(known)}"


def _example(keys: Sequence[str], model: type[BaseModel]) -> str:
    section = _section_at(keys[:-1], model)
    field = section.model_fields.get(keys[-1]) if section and keys else None
    if field is None or not field.examples:
        return ""
    return f"{keys[-1]} = {as_toml(field.examples[0])}"


def _section_at(keys: Sequence[str], model: type[BaseModel]) -> type[BaseModel] | None:
    """Follow `keys` down from `model` to the section they name."""
    here: Any = model
    for key in keys:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(key)
            here = _inner(field.annotation) if field else None
        elif typing.get_origin(here) is dict:
            here = _inner(typing.get_args(here)[1])
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _inner(annotation: Any) -> Any:
    """Take the section out of `Section | None`."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return next(arg for arg in typing.get_args(annotation) if arg is not type(None))
    return annotation


def as_toml(value: Any) -> str:
    """Spell a small value as TOML does, inline."""
    if isinstance(value, dict):
        inside = ", ".join(f"{toml_key(key)} = {as_toml(item)}" for key, item in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_toml(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # JSON's escapes are TOML's, too; only DEL it leaves as it is.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


def toml_key(key: str) -> str:
    """Spell a key, in quotes where TOML wants them."""
    plain = key.replace("_", "").replace("-", "").isalnum() and key.isascii()
    return key if plain else as_toml(key)
