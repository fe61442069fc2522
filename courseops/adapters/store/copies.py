"""What is known of each learner's copies, and what was proven of them, in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select

from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import drills, last_copies, shards, tombstones, unread_paths
from courseops.model.backups.copies import DRILLS_KEPT, Drill, LastCopy, Tombstone


class SqlCopies:
    """Shards, last good copies, what could not be read, drills and tombstones."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shards = database.many(
            database.insert(shards).on_conflict_do_nothing(), ("hub", "username", "number")
        )
        adding = database.insert(last_copies)
        renewed = {name: adding.excluded[name] for name in ("at", "run_id")}
        self._good = database.many(
            adding.on_conflict_do_update(index_elements=["hub", "username"], set_=renewed),
            ("hub", "username", "at", "run_id"),
        )
        self._unread = database.many(insert(unread_paths), ("hub", "shard", "path", "runs"))

    def shards(self, hub: str) -> dict[str, int]:
        """Give the number of everybody's shard."""
        wanted = select(shards.c.username, shards.c.number).where(shards.c.hub == hub)
        with self._database.reading() as connection:
            return {row.username: row.number for row in connection.execute(wanted)}

    def assign(self, hub: str, shards: Mapping[str, int]) -> None:
        """Keep the shards of those who have none yet."""
        rows = [{"hub": hub, "username": it, "number": number} for it, number in shards.items()]
        with self._database.writing() as connection:
            self._shards.write(connection, rows)

    def note_good(self, hub: str, usernames: Collection[str], at: datetime, run_id: str) -> None:
        """Note that these learners have a good copy of this moment."""
        rows = [{"hub": hub, "username": it, "at": at, "run_id": run_id} for it in usernames]
        with self._database.writing() as connection:
            self._good.write(connection, rows)

    def last_good(self, hub: str) -> dict[str, LastCopy]:
        """Give everybody's last good copy."""
        rows = last_copies.c
        wanted = select(rows.username, rows.at, rows.run_id).where(rows.hub == hub)
        with self._database.reading() as connection:
            found = [LastCopy(**row) for row in connection.execute(wanted).mappings()]
        return {it.username: it for it in found}

    def last_good_of(self, hub: str, username: str) -> LastCopy | None:
        """Give somebody's last good copy, if they have one."""
        rows = last_copies.c
        theirs = (rows.hub == hub) & (rows.username == username)
        wanted = select(rows.username, rows.at, rows.run_id).where(theirs)
        with self._database.reading() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        return None if row is None else LastCopy(**row)

    def note_unread(self, hub: str, shard: int, paths: Collection[str]) -> dict[str, int]:
        """Note what a run could not read; give in how many runs on end each of it could not."""
        rows = unread_paths.c
        here = (rows.hub == hub) & (rows.shard == shard)
        with self._database.writing() as connection:
            before = select(rows.path, rows.runs).where(here)
            runs = {row.path: row.runs for row in connection.execute(before)}
            now = {path: runs.get(path, 0) + 1 for path in paths}
            connection.execute(delete(unread_paths).where(here))
            of_shard = {"hub": hub, "shard": shard}
            self._unread.write(
                connection, ({**of_shard, "path": path, "runs": n} for path, n in now.items())
            )
        return now

    def note_drill(self, drill: Drill) -> None:
        """Note what a drill found; the hub's drills of more than 400 days before it go."""
        old = delete(drills).where(drills.c.hub == drill.hub, drills.c.at < drill.at - DRILLS_KEPT)
        with self._database.writing() as connection:
            connection.execute(insert(drills), asdict(drill))
            connection.execute(old)

    def drills(self, hub: str, *, limit: int = 100) -> list[Drill]:
        """Give drills, newest first."""
        wanted = (
            select(*_but_number(drills))
            .where(drills.c.hub == hub)
            .order_by(drills.c.at.desc(), drills.c.number.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [Drill(**row) for row in connection.execute(wanted).mappings()]

    def bury(self, tombstone: Tombstone) -> None:
        """Note that a learner was erased, and drop what else is noted of them."""
        below = f"{tombstone.volume}/"
        with self._database.writing() as connection:
            for table in (shards, last_copies, drills):
                whose = (table.c.hub == tombstone.hub) & (table.c.username == tombstone.username)
                connection.execute(delete(table).where(whose))
            rows = unread_paths.c
            unread = select(rows.path).where(rows.hub == tombstone.hub).distinct()
            theirs = [
                it for it in connection.execute(unread).scalars() if f"{it}/".startswith(below)
            ]
            gone = delete(unread_paths).where(rows.hub == tombstone.hub, rows.path.in_(theirs))
            connection.execute(gone)
            connection.execute(insert(tombstones), asdict(tombstone))

    def tombstones(self, hub: str) -> Sequence[Tombstone]:
        """Give who was erased, oldest first."""
        wanted = (
            select(*_but_number(tombstones))
            .where(tombstones.c.hub == hub)
            .order_by(tombstones.c.number)
        )
        with self._database.reading() as connection:
            return [Tombstone(**row) for row in connection.execute(wanted).mappings()]


def _but_number(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name != "number"]
