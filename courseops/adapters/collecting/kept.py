"""What the packs of one assignment hold, submission by submission."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from courseops.adapters.collecting.incoming import MANIFEST, OWN_KEY, SIGNATURE
from courseops.adapters.collecting.pack import Member, members
from courseops.adapters.collecting.writing import unusable

_CHUNK_BYTES = 1 << 20
_ENDING = ".tar"


@dataclass
class Kept:
    """One submission: where the bytes of its `files` lie, and what lies beside them by ending."""

    pack: str
    files: dict[str, Member] = field(default_factory=dict)
    beside: dict[str, Member] = field(default_factory=dict)

    def content(self, ending: str) -> bytes:
        """Give what lies beside the files; empty if it is not there."""
        there = self.beside.get(ending)
        return b"".join(pieces(self.pack, there)) if there else b""


_Whose = tuple[str, str]


class Shelf:
    """The packs in a folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.submissions: dict[_Whose, Kept] = {}
        self._folders: defaultdict[str, list[str]] = defaultdict(list)
        for pack in _packs(folder):
            try:
                self.add(pack, members(Path(pack)))
            except OSError as error:
                raise unusable(error) from error

    def add(self, pack: str, found: Iterable[Member]) -> None:
        """Take in what a pack holds; a submission without its signature never was whole."""
        draft: dict[_Whose, Kept] = {}
        for it in found:
            learner, _, rest = it.name.partition("/")
            folder, inside, path = rest.partition("/")
            stem, ending = (folder, "") if inside else _parted(folder)
            kept = draft.setdefault((learner, stem), Kept(pack))
            if inside:
                kept.files[path] = it
            else:
                kept.beside[ending] = it
        for whose, kept in draft.items():
            if SIGNATURE in kept.beside and whose not in self.submissions:
                self.submissions[whose] = kept
                self._folders[whose[0]].append(whose[1])

    def folders(self, learner: str) -> list[str]:
        """Name the submissions of a learner."""
        return sorted(self._folders.get(learner, ()))


def _parted(name: str) -> tuple[str, str]:
    for ending in (MANIFEST, SIGNATURE, OWN_KEY):
        if name.endswith(ending):
            return name.removesuffix(ending), ending
    return name, ""


def pieces(pack: str, member: Member) -> Iterator[bytes]:
    """Give the bytes of a file in a pack."""
    try:
        descriptor = os.open(pack, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise unusable(error) from error
    try:
        at, end = member.offset, member.offset + member.size_bytes
        while chunk := os.pread(descriptor, min(end - at, _CHUNK_BYTES), at):
            at += len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


def _packs(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unusable(error) from error
    return [f"{folder}/{it}" for it in names if it.endswith(_ENDING)]
