"""Where somebody is named in a sentence or a document, and how it reads without them.

In a sentence a name counts where it stands as a word of its own: "ada" is not named by "adam" nor
by "ada.b", but by "home/campus/ada". In a document only a value that is the name counts, so that
nothing else of it changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

# What usernames and addresses are made of.
_PART = r"[\w@+-]"


def is_named(text: str, names: Collection[str]) -> bool:
    """Say whether a sentence names somebody."""
    return bool(names) and _pattern(names).search(text) is not None


def reworded(text: str, names: Collection[str], instead: str) -> str:
    """Give a sentence with something else `instead` of somebody's names."""
    return _pattern(names).sub(instead, text) if names else text


def entries_naming(document: str, names: Collection[str]) -> list[Any]:
    """Give what the lists of a JSON document hold of somebody."""
    found: list[Any] = []
    _gather(json.loads(document), names, found)
    return found


def taken_out(document: str, names: Collection[str], instead: str) -> str:
    """
    Give a JSON document whose lists do not hold somebody any more.

    Where a single value names them, it is replaced: there must be one.
    """
    left = _left(json.loads(document), names, instead)
    return json.dumps(left, sort_keys=True)


def _pattern(names: Collection[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    spelled = "|".join(re.escape(it) for it in longest_first)
    # A full stop ends a sentence, or stands within a name.
    return re.compile(rf"(?<!{_PART})(?<!{_PART}\.)(?:{spelled})(?!{_PART})(?!\.{_PART})")


def _names(value: Any, names: Collection[str]) -> bool:
    if isinstance(value, str):
        return value in names
    if isinstance(value, dict):
        return any(_names(it, names) for it in value.values())
    return isinstance(value, list) and any(_names(it, names) for it in value)


def _gather(value: Any, names: Collection[str], found: list[Any]) -> None:
    if isinstance(value, dict):
        for each in value.values():
            _gather(each, names, found)
    elif isinstance(value, list):
        found.extend(it for it in value if _names(it, names))


def _left(value: Any, names: Collection[str], instead: str) -> Any:
    if isinstance(value, dict):
        return {key: _left(it, names, instead) for key, it in value.items()}
    if isinstance(value, list):
        return [_left(it, names, instead) for it in value if not _names(it, names)]
    return instead if isinstance(value, str) and value in names else value
