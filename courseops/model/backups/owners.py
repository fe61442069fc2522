"""Whose file it is that a snapshot of many homes holds."""

from __future__ import annotations

import re
from collections.abc import Iterable

from courseops.model.backups.backup import Volume

_SECOND = re.compile(r".* \((?P<folder>.+)\)", re.DOTALL)


class Owners:
    """
    Tells by a path below the root of all volumes whose it is; of nested ones the innermost.

    Of two volumes of one path, the last counts.
    """

    def __init__(self, volumes: Iterable[Volume]) -> None:
        self._usernames = {volume.path: volume.username for volume in volumes}
        self._depths = sorted({path.count("/") + 1 for path in self._usernames}, reverse=True)

    def owner_of(self, path: str) -> tuple[str, str] | None:
        """Give the username and the path below the home; None for what is in nobody's."""
        parts = path.split("/")
        for depth in self._depths:
            username = self._usernames.get("/".join(parts[:depth]))
            if username is not None and len(parts) >= depth:
                return username, "/".join(parts[depth:])
        return None


def second_home_in(username: str) -> str:
    """
    Give the folder in what a survey calls a second home, or one of nobody: "ada (ada-2)".

    Empty for any other name. Whoever has an account of such a name must not get at the folder.
    """
    found = _SECOND.fullmatch(username)
    return found["folder"] if found else ""
