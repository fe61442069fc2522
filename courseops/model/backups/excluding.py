"""Which paths restic leaves out, going by its patterns.

A pattern may begin at any folder of a path; what it means is left out with everything below it.
A part that is "**" is any number of folders. One with a slash before it is about the whole
machine, and means nothing in a home.
https://restic.readthedocs.io/en/stable/040_backup.html#excluding-files
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ANY_FOLDERS = "(?:[^/]+/)*"
# Go's signs: https://pkg.go.dev/path/filepath#Match
_SIGN = re.compile(r"\*+|\?|(?P<class>\[\^?[^\]]+\])|\\?.", re.DOTALL)
_OPEN = {"*": "[^/]*", "?": "[^/]"}


class Excluding:
    """Some patterns; folder after folder is asked about, from the top of a home."""

    def __init__(self, patterns: Iterable[str]) -> None:
        spelled = [_spelled(it) for it in patterns if it.strip("/") and not it.startswith("/")]
        self._pattern = re.compile("|".join(spelled) or r"(?!)")

    def means(self, path: str) -> bool:
        """Say whether a path is left out; of a folder that is, nothing below need be asked."""
        return self._pattern.fullmatch(path) is not None


def _spelled(pattern: str) -> str:
    parts = [_part(part) for part in pattern.strip("/").split("/")]
    spelled = _ANY_FOLDERS + "".join(parts).removesuffix("/")
    try:
        re.compile(spelled)
    except re.error:
        # A class that is none, such as "[z-a]"; restic refuses to start with it, and says so.
        return r"(?!)"
    return spelled


def _part(part: str) -> str:
    return _ANY_FOLDERS if part == "**" else _SIGN.sub(_meaning, part) + "/"


def _meaning(sign: re.Match[str]) -> str:
    if sign[0][0] in _OPEN:
        return _OPEN[sign[0][0]]
    if sign["class"]:
        return f"(?!/){sign[0]}"
    return re.escape(sign[0].removeprefix("\\") or sign[0])
