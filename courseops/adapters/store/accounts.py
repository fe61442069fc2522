"""The numbers that stand for accounts of hubs wherever usage is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select, update

from courseops.adapters.history.spelling import spelled_out
from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import accounts

# No hub lets a name begin so: https://github.com/jupyterhub/jupyterhub/blob/main/jupyterhub/auth.py
NOBODY = "?"


class Numbering:
    """Gives accounts their numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        adding = database.insert(accounts).on_conflict_do_nothing(
            index_elements=["hub", "username"]
        )
        self._adding = adding

    def numbers(
        self, connection: Connection, hub: str, usernames: Iterable[str]
    ) -> Mapping[str, int]:
        """Give the numbers of accounts by how their names are kept; new ones get theirs."""
        wanted = {spelled_out(username) for username in usernames}
        known = _known(connection, hub) if wanted else {}
        missing = sorted(wanted - known.keys())
        if missing:
            connection.execute(self._adding, [{"hub": hub, "username": it} for it in missing])
            known = _known(connection, hub)
        return known

    def forget(self, connection: Connection, hub: str, username: str) -> None:
        """Keep the number and lose the name."""
        mine = (accounts.c.hub == hub) & (accounts.c.username == username)
        number = connection.execute(select(accounts.c.number).where(mine)).scalar_one_or_none()
        if number is not None:
            connection.execute(update(accounts).where(mine).values(username=f"{NOBODY}{number}"))


def _known(connection: Connection, hub: str) -> dict[str, int]:
    wanted = select(accounts.c.username, accounts.c.number).where(accounts.c.hub == hub)
    return {row.username: row.number for row in connection.execute(wanted)}


def names_of(connection: Connection, hub: str) -> dict[int, str]:
    """Give the names of a hub's accounts by their numbers."""
    return {number: name for name, number in _known(connection, hub).items()}
