"""The files of many homes, held in little memory until they are written down.

A repository may take minutes to list a snapshot, and no transaction may stay open for that
long; but a home with some environments of Python in it is a hundred thousand files. So files
are packed as they come, in some thirty bytes each, and unpacked again home by home.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from courseops.model.backups.backup import Snapshot
from courseops.model.backups.restore import Sighting
from courseops.model.microseconds import microseconds, moment_of

_Row = tuple[str, int, int, int, int, int]
_TOGETHER = 1000


class Gathered(Mapping[str, Iterable[Sighting]]):
    """
    What a `snapshot` holds of some learners' homes; `usernames` are in it even with nothing.

    Files may come in any order, but take least room home by home.
    """

    def __init__(self, snapshot: Snapshot, usernames: Iterable[str] = ()) -> None:
        self.snapshot = snapshot
        self._packed: dict[str, list[bytes]] = {username: [] for username in usernames}
        self._whose = ""
        self._loose: list[_Row] = []

    def add(self, username: str, path: str, seen: Sighting) -> None:
        """Take in a file of a learner; `path` is relative to the home."""
        if seen.taken_at != self.snapshot.taken_at:
            # A listing knows the moment to the microsecond; a run knows it by our own clock.
            self.snapshot = replace(self.snapshot, id=seen.snapshot_id, taken_at=seen.taken_at)
        if username != self._whose or len(self._loose) == _TOGETHER:
            self._pack()
            self._whose = username
        self._loose.append(
            (path, microseconds(seen.modified_at), seen.size_bytes, seen.mode, seen.uid, seen.gid)
        )

    def include(self, usernames: Iterable[str]) -> None:
        """Have these in it, too, even with nothing."""
        for username in usernames:
            self._packed.setdefault(username, [])

    def __getitem__(self, username: str) -> Iterator[Sighting]:
        """Give the files of a learner, one after the other."""
        self._pack()
        batches = (json.loads(zlib.decompress(it)) for it in self._packed[username])
        return map(self._sighting, chain.from_iterable(batches))

    def __iter__(self) -> Iterator[str]:
        self._pack()
        return iter(self._packed)

    def __len__(self) -> int:
        self._pack()
        return len(self._packed)

    def _pack(self) -> None:
        if self._loose:
            # Escapes keep names that are no UTF-8: they come as lone surrogates.
            packed = zlib.compress(json.dumps(self._loose).encode("ascii"), 1)
            self._packed.setdefault(self._whose, []).append(packed)
            self._loose = []

    def _sighting(self, row: _Row) -> Sighting:
        path, modified, size_bytes, mode, uid, gid = row
        return Sighting(
            path=path,
            snapshot_id=self.snapshot.id,
            taken_at=self.snapshot.taken_at,
            modified_at=moment_of(modified),
            size_bytes=size_bytes,
            mode=mode,
            uid=uid,
            gid=gid,
        )
