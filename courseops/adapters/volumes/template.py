"""Where folders named after learners lie: one root, one name each, perhaps something below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from courseops.adapters.volumes.naming import PLAIN, Naming
from courseops.errors import ConfigError, RefusedError

_MARK = "{username}"
# mke2fs puts this folder at the top of each file system; it is nobody's home.
_NOBODYS = {"lost+found"}


@dataclass(frozen=True, kw_only=True)
class Template:
    """
    How the folder of a learner is named: `before`, her name as a naming spells it, `after`.

    `deeper` are the folders below that one which lead to her files. Of several `namings` the
    first is the one by which new folders are made.
    """

    before: str = ""
    after: str = ""
    deeper: tuple[str, ...] = ()
    namings: tuple[Naming, ...] = PLAIN

    def path(self, folder: str) -> str:
        """Give the path of what is a learner's, below the root."""
        return "/".join([folder, *self.deeper])

    def folders(self, username: str) -> list[str]:
        """
        Name the folders that may be a learner's, first the one that would be made now.

        Raises:
            RefusedError: no folder can be named after `username`.
        """
        spelled = [it.spell(username) for it in self.namings] if username else []
        named = dict.fromkeys(f"{self.before}{each}{self.after}" for each in spelled)
        folders = [it for it in named if _can_be_a_folder(it)]
        if not folders:
            raise RefusedError(
                f"no home can be named after the user {username!r}",
                hint="a username must not be empty, start with a dot or hold a slash",
            )
        return folders

    def fits(self, folder: str) -> bool:
        """Say whether a folder is named as that of some learner could be."""
        return (
            any(
                folder.startswith(self.before + naming.prefix)
                and folder.endswith(self.after)
                and len(folder) > len(self.before + naming.prefix + self.after)
                for naming in self.namings
            )
            and _can_be_a_folder(folder)
            and folder not in _NOBODYS
        )

    def readings(self, folder: str) -> list[str]:
        """Name the users whose folder this may be, as far as its name tells."""
        spelling = folder.removeprefix(self.before).removesuffix(self.after)
        read = (naming.read(spelling) for naming in self.namings)
        return list(dict.fromkeys(it for it in read if it))


def _can_be_a_folder(name: str) -> bool:
    return bool(name) and not name.startswith(".") and "/" not in name and "\0" not in name


def split_template(text: str, namings: Sequence[Naming] = PLAIN) -> tuple[Path, Template]:
    """
    Read a path like "/home/{username}" into the root and what lies in it.

    Raises:
        ConfigError: it is no absolute path with one part that holds {username}, once.
    """
    top, mark, below = text.partition(_MARK)
    root, slash, before = top.rpartition("/")
    after, *deeper = below.split("/")
    parts = [part for part in deeper if part]
    if not mark or not slash or not text.startswith("/") or _MARK in below or ".." in parts:
        raise ConfigError(
            f"{text!r} does not say where the homes are",
            hint="write an absolute path with {username} in it, once: /home/{username}",
        )
    return Path(root or "/"), Template(
        before=before, after=after, deeper=tuple(parts), namings=tuple(namings)
    )
