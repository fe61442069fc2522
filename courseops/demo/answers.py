"""What the learners of the demo write into their notebooks: right, wrong, and worse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from courseops.demo.exercises import EXERCISES, QUESTION


class Play(StrEnum):
    """What a learner does with the assignment."""

    RIGHT = "right"
    CARELESS = "careless"
    HALF = "half done"
    SYNTAX_ERROR = "syntax error"
    ENDLESS = "endless loop"
    UNREADABLE = "unreadable notebook"
    DELETED_TEST = "deleted test cell"
    LATE = "late"
    ABSENT = "never submits"


_RIGHT_IN_OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "total": (
        "    return sum(prices)",
        "    amount = 0\n    for price in prices:\n        amount += price\n    return amount",
    ),
    "mean": (
        "    return sum(values) / len(values)",
        "    import statistics\n    return statistics.fmean(values)",
    ),
    "initials": (
        "    return ''.join(part[0] + '.' for part in name.split())",
        "    letters = [part[0] for part in name.split(' ')]\n    return '.'.join(letters) + '.'",
    ),
    "palindrome": (
        "    word = word.lower()\n    return word == word[::-1]",
        "    return list(word.lower()) == list(reversed(word.lower()))",
    ),
}

_WRONG: Mapping[Play, Mapping[str, str]] = {
    Play.CARELESS: {
        "mean": "    return sum(values) // len(values)",
        "palindrome": "    return word == word[::-1]",
    },
    Play.HALF: {
        "initials": "    raise NotImplementedError()",
        "palindrome": "    raise NotImplementedError()",
    },
    Play.SYNTAX_ERROR: {"total": "    return sum(prices"},
    Play.ENDLESS: {"mean": "    while len(values) > 0:\n        pass\n    return 0"},
}

_SENTENCES = (
    "Because they are strings: `+` glues them together, so it gives '22'.",
    "'2' is text and not a number; one needs `int` first.",
    "It does, no?",
)


def write_answers(play: Play, content: bytes, variation: int) -> bytes:
    """Turn the notebook that a learner fetched into the one that the learner hands in."""
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        _fill_in(cell, play, variation)
    if play is Play.DELETED_TEST:
        notebook["cells"] = [it for it in notebook["cells"] if _id(it) != "test_initials"]
    written = json.dumps(notebook, indent=1, ensure_ascii=False).encode()
    # A disk that was full: the file stops in the middle.
    return written[: len(written) // 2] if play is Play.UNREADABLE else written


def _fill_in(cell: dict[str, Any], play: Play, variation: int) -> None:
    id_ = _id(cell)
    if id_ == QUESTION:
        cell["source"] = _SENTENCES[variation % len(_SENTENCES)]
    for exercise in EXERCISES:
        if id_ == exercise.id:
            ways = _RIGHT_IN_OTHER_WORDS[id_]
            body = _WRONG.get(play, {}).get(id_) or ways[variation % len(ways)]
            cell["source"] = f"{exercise.signature}\n{body}"


def _id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
