"""What a home looks like in the backups: folder by folder, by name, and what is gone from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from glob import escape
from itertools import groupby

from courseops.model.backups.history import version_at
from courseops.model.backups.restore import FileVersion


@dataclass(frozen=True, kw_only=True)
class FileSeen:
    """A file with the version of it that counts at the moment asked about, one of `versions`."""

    version: FileVersion
    versions: int

    @property
    def path(self) -> str:
        """Give its path from the home's top."""
        return self.version.path

    @property
    def is_deleted(self) -> bool:
        """Say whether the newest backup no longer has a file of this name."""
        return self.version.is_deleted


@dataclass(frozen=True, kw_only=True)
class FolderSeen:
    """A folder, how many files are anywhere below it, and how many of these are deleted since."""

    path: str
    files: int
    deleted: int


@dataclass(frozen=True, kw_only=True)
class FolderLook:
    """What lies in one folder, "" for the home: folders and files, each by their names."""

    folder: str
    folders: tuple[FolderSeen, ...]
    files: tuple[FileSeen, ...]


def files_seen(versions: Iterable[FileVersion], at: datetime | None = None) -> list[FileSeen]:
    """
    Give each file that was in the backups at a moment, None for now, by its path.

    `versions` come by path, those of each path newest first.
    """
    seen = []
    for _, group in groupby(versions, key=lambda it: it.path):
        of_one = list(group)
        chosen = version_at(of_one, at)
        if chosen is not None:
            seen.append(FileSeen(version=chosen, versions=len(of_one)))
    return seen


def look_into(files: Sequence[FileSeen], folder: str) -> FolderLook:
    """Look into one folder of a home whose `files` are all known."""
    top = f"{folder}/" if folder else ""
    here: list[FileSeen] = []
    below: dict[str, list[FileSeen]] = {}
    for file in files:
        if not file.path.startswith(top):
            continue
        name, inside, _ = file.path.removeprefix(top).partition("/")
        if inside:
            below.setdefault(name, []).append(file)
        else:
            here.append(file)
    return FolderLook(
        folder=folder,
        folders=tuple(
            FolderSeen(
                path=f"{top}{name}", files=len(some), deleted=sum(it.is_deleted for it in some)
            )
            for name, some in sorted(below.items())
        ),
        files=tuple(here),
    )


def newest_first(files: Iterable[FileSeen]) -> list[FileSeen]:
    """Put files in the order in which they were last in a backup, then last changed."""
    newest = sorted(files, key=lambda it: it.version.modified_at, reverse=True)
    return sorted(newest, key=lambda it: it.version.taken_at, reverse=True)


def pattern_of(said: str) -> str:
    """
    Make a pattern for `matches` of what somebody types who looks for a file.

    Part of a name is enough, in capitals or not; who writes * or ? means a pattern already.
    """
    said = said.strip().strip("/")
    if not said:
        return "*"
    if any(mark in said for mark in "*?"):
        return said
    *folders, name = said.split("/")
    parts = [*map(_whatever_case, folders), f"*{_whatever_case(name)}*"]
    return "/".join(["**", *parts] if folders else parts)


def _whatever_case(text: str) -> str:
    return "".join(
        f"[{letter.lower()}{letter.upper()}]"
        if len(letter.lower()) == len(letter.upper()) == 1 and letter.lower() != letter.upper()
        else escape(letter)
        for letter in text
    )
