"""The catalogue of snapshots, in the database.

A row is a stay (`model/backups/catalogue.py`): an unchanged run of a shard writes one row, that of
its snapshot; a changed home writes its changed files. A file that was deleted and comes back, also
with the same time and size, gets a new row: the snapshots in between do not hold it, and were
they all that is left one day, there would be nothing to restore. Whoever reads the versions
sees one all the same, as `versions_of` makes them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from courseops.adapters.history.spelling import spelled_out
from courseops.adapters.history.versions import (
    known_snapshots,
    known_versions,
    newest_first,
)
from courseops.adapters.store.database import Database, asking
from courseops.adapters.store.tables import broken_versions, homes, snapshots, stays
from courseops.model.backups.backup import Snapshot
from courseops.model.backups.catalogue import insist_on_order, is_same, line_of, newest_of
from courseops.model.backups.restore import FileVersion, Sighting
from courseops.model.batches import batches
from courseops.model.microseconds import microseconds

_CONTENT = ("modified_us", "size_bytes", "mode", "uid", "gid")
_TOGETHER = 1000

_Row = dict[str, Any]
_Content = tuple[int, ...]

_BEGUN = ("home", "path", "first_number", "last_number", *_CONTENT)
_END = (
    update(stays)
    .where(
        stays.c.home == bindparam("its_home"),
        stays.c.path == bindparam("its_path"),
        stays.c.first_number == bindparam("its_first"),
    )
    .values(last_number=bindparam("end"))
)


class SqlCatalogue:
    """Snapshots, whose homes they hold, and how long each file stayed the same."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._homes = database.many(insert(homes), ("hub", "username", "line", "since_number"))
        self._begun = database.many(insert(stays), _BEGUN)

    def newest(self, hub: str) -> dict[str, Snapshot]:
        """Give the newest snapshot it knows, by shard."""
        return newest_of(self.snapshots(hub))

    def snapshots(self, hub: str) -> list[Snapshot]:
        """List the snapshots it knows, newest first; without their `paths`."""
        with self._database.reading() as connection:
            return newest_first(known_snapshots(asking(connection), hub))

    def versions(self, hub: str, username: str, pattern: str = "*") -> list[FileVersion]:
        """Give the versions of every file that a pattern means: by path, newest first."""
        with self._database.reading() as connection:
            return known_versions(asking(connection), hub, username, pattern)

    def add(self, hub: str, snapshot: Snapshot, seen: Mapping[str, Iterable[Sighting]]) -> None:
        """Take in a new snapshot of a shard, all or nothing; one that is there stays as it is."""
        with self._database.writing() as connection:
            known = known_snapshots(asking(connection), hub)
            if any(is_same(it.snapshot.id, snapshot.id) for it in known):
                return
            insist_on_order((it.snapshot for it in known), snapshot)
            line = line_of(snapshot)
            before = max((it.number for it in known if it.line == line), default=0)
            number = _write_snapshot(connection, hub, line, snapshot)
            places = self._places(connection, hub, line, seen, number)
            changes = _Changes(number=number, before=before)
            for username, files in seen.items():
                home = places[spelled_out(username)]
                # In a line's first snapshot, nothing stands yet.
                standing = _standing(connection, home) if before else {}
                changes.compare(home, standing, files)
                if len(changes) >= _TOGETHER:
                    self._write(connection, changes)
            self._write(connection, changes)

    def rename(self, hub: str, ids: Mapping[str, str]) -> None:
        """Give snapshots new ids, by their old ones; they hold the same as before."""
        with self._database.writing() as connection:
            for it in known_snapshots(asking(connection), hub):
                new = next((new for old, new in ids.items() if is_same(old, it.snapshot.id)), None)
                if new:
                    its_own = update(snapshots).where(snapshots.c.number == it.number)
                    connection.execute(its_own.values(id=new))

    def mark_broken(self, hub: str, username: str, version: FileVersion) -> None:
        """Note that a version is named like a notebook and does not read as one."""
        adding = self._database.insert(broken_versions).values(
            hub=hub,
            username=username,
            path=version.path,
            modified_us=microseconds(version.modified_at),
            size_bytes=version.size_bytes,
        )
        with self._database.writing() as connection:
            connection.execute(adding.on_conflict_do_nothing())

    def forget(self, hub: str, snapshot_ids: Collection[str]) -> None:
        """Drop snapshots, and the versions that only they held."""
        with self._database.writing() as connection:
            gone = [
                it
                for it in known_snapshots(asking(connection), hub)
                if any(is_same(id_, it.snapshot.id) for id_ in snapshot_ids)
            ]
            numbers = [it.number for it in gone]
            connection.execute(delete(snapshots).where(snapshots.c.number.in_(numbers)))
            for line in {it.line for it in gone}:
                _drop_what_nothing_holds(connection, hub, line)
            if gone:
                connection.execute(_marks_of_nothing(hub))

    def erase(self, hub: str, username: str) -> None:
        """Drop everything of one learner."""
        with self._database.writing() as connection:
            _drop(connection, (homes.c.hub == hub) & (homes.c.username == username))
            marks = broken_versions.c
            connection.execute(
                delete(broken_versions).where(marks.hub == hub, marks.username == username)
            )

    def clear(self, hub: str) -> None:
        """Drop everything of a hub, before it is listed anew."""
        with self._database.writing() as connection:
            _drop(connection, homes.c.hub == hub)
            for table in (broken_versions, snapshots):
                connection.execute(delete(table).where(table.c.hub == hub))

    def _places(
        self, connection: Connection, hub: str, line: str, usernames: Iterable[str], number: int
    ) -> dict[str, int]:
        """Give the numbers of the homes of a line, by how the names are kept; make new ones."""
        wanted = select(homes.c.username, homes.c.number).where(
            homes.c.hub == hub, homes.c.line == line
        )
        places = {row.username: row.number for row in connection.execute(wanted)}
        missing = [it for it in usernames if spelled_out(it) not in places]
        of_line = {"hub": hub, "line": line, "since_number": number}
        self._homes.write(connection, ({**of_line, "username": it} for it in missing))
        if missing:
            places |= {row.username: row.number for row in connection.execute(wanted)}
        return places

    def _write(self, connection: Connection, changes: _Changes) -> None:
        """Write changes down, a few at a time, and take them off the list."""
        for ended in batches(changes.ended, _TOGETHER):
            connection.execute(_END, ended)
        for begun in batches(changes.begun, _TOGETHER):
            self._begun.write(connection, (dict(zip(_BEGUN, row, strict=True)) for row in begun))
        changes.clear()


class _Changes:
    """What a snapshot ends and begins, compared with the one before in its line."""

    def __init__(self, *, number: int, before: int) -> None:
        self._number = number
        self._before = before
        self.ended: list[_Row] = []
        self.begun: list[tuple[object, ...]] = []

    def __len__(self) -> int:
        return len(self.ended) + len(self.begun)

    def clear(self) -> None:
        """Forget what was written down."""
        self.ended, self.begun = [], []

    def compare(
        self, home: int, standing: Mapping[str, tuple[int, _Content]], files: Iterable[Sighting]
    ) -> None:
        """Compare what stands of a home with all its files now."""
        # Two names that a listing could not tell apart are one file.
        now = {file.path: _content_of(file) for file in files}
        for path, (first, content) in standing.items():
            if now.get(path) != content:
                self.ended.append(
                    {"its_home": home, "its_path": path, "its_first": first, "end": self._before}
                )
        for path, content in now.items():
            if path not in standing or standing[path][1] != content:
                self.begun.append((home, path, self._number, None, *content))


def _write_snapshot(connection: Connection, hub: str, line: str, snapshot: Snapshot) -> int:
    row = {
        "hub": hub,
        "id": snapshot.id,
        "line": line,
        "taken_us": microseconds(snapshot.taken_at),
        "tags": ",".join(snapshot.tags),
    }
    written = connection.execute(insert(snapshots).returning(snapshots.c.number), row)
    number: int = written.scalar_one()
    return number


def _standing(connection: Connection, home: int) -> dict[str, tuple[int, _Content]]:
    wanted = select(stays.c.path, stays.c.first_number, *(stays.c[it] for it in _CONTENT)).where(
        stays.c.home == home, stays.c.last_number.is_(None)
    )
    return {path: (first, tuple(content))
            for path, first, *content in connection.execute(wanted)}  # fmt: skip


def _content_of(file: Sighting) -> _Content:
    return (microseconds(file.modified_at), file.size_bytes, file.mode, file.uid, file.gid)


def _drop_what_nothing_holds(connection: Connection, hub: str, line: str) -> None:
    """Tidy a line after some of its snapshots went, if need be also the newest."""
    left = (snapshots.c.hub == hub) & (snapshots.c.line == line)
    newest = connection.execute(select(func.max(snapshots.c.number)).where(left)).scalar() or 0
    of_line = (homes.c.hub == hub) & (homes.c.line == line)
    here = stays.c.home.in_(select(homes.c.number).where(of_line))
    first, last = stays.c.first_number, stays.c.last_number
    holding = exists().where(left, snapshots.c.number.between(first, last))
    connection.execute(delete(stays).where(here, first > newest))
    # What the snapshots that went had ended stands again: the next one is compared with this.
    connection.execute(update(stays).where(here, last >= newest).values(last_number=None))
    connection.execute(delete(stays).where(here, last.is_not(None), ~holding))
    connection.execute(delete(homes).where(of_line, homes.c.since_number > newest))


def _drop(connection: Connection, whose: ColumnElement[bool]) -> None:
    connection.execute(delete(stays).where(stays.c.home.in_(select(homes.c.number).where(whose))))
    connection.execute(delete(homes).where(whose))


def _marks_of_nothing(hub: str) -> Delete:
    marks = broken_versions.c
    marked = exists().where(
        homes.c.hub == marks.hub,
        homes.c.username == marks.username,
        stays.c.home == homes.c.number,
        stays.c.path == marks.path,
        stays.c.modified_us == marks.modified_us,
        stays.c.size_bytes == marks.size_bytes,
    )
    return delete(broken_versions).where(marks.hub == hub, ~marked)
