"""Our own records in one database: what ran, was planned, was used and was copied, who is enrolled.

The gradebook is not here; it stays nbgrader's. Nor are passwords or tokens.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL

from courseops.adapters.closing import Closing
from courseops.adapters.history import DATABASE
from courseops.adapters.store.alerts import SqlAlerts
from courseops.adapters.store.attic import SqlAttic
from courseops.adapters.store.catalogue import SqlCatalogue
from courseops.adapters.store.collected import SqlCollections
from courseops.adapters.store.copies import SqlCopies
from courseops.adapters.store.database import Database, open_database
from courseops.adapters.store.enrolments import SqlEnrolments
from courseops.adapters.store.gradings import SqlGradings
from courseops.adapters.store.locks import ServerLocks
from courseops.adapters.store.people.records import SqlPersonRecords
from courseops.adapters.store.people.usage import SqlAccountUsage
from courseops.adapters.store.plans import SqlPlans
from courseops.adapters.store.record import SqlRecord
from courseops.adapters.store.runs import SqlRuns
from courseops.adapters.store.slots import SqlSlots
from courseops.adapters.store.usage import SqlUsage


class Store(Closing):
    """Everything we keep in one database, by port."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.record = SqlRecord(database)
        self.attic = SqlAttic(database)
        self.runs = SqlRuns(database)
        self.slots = SqlSlots(database)
        self.alerts = SqlAlerts(database)
        self.plans = SqlPlans(database)
        self.gradings = SqlGradings(database)
        self.enrolments = SqlEnrolments(database)
        self.usage = SqlUsage(database)
        self.collections = SqlCollections(database)
        self.catalogue = SqlCatalogue(database)
        self.copies = SqlCopies(database)
        self.people = SqlPersonRecords(database)
        self.account_usage = SqlAccountUsage(database)
        # A file has none: who can open it is on this machine.
        self.locks = ServerLocks(database) if database.is_shared else None

    def close(self) -> None:
        """Let go of the database; everything written is already on disk."""
        self._database.close()


def open_store(url: str) -> Store:
    """Open the store at a database URL, making or upgrading it if it needs it."""
    return Store(open_database(url))


def open_store_in(folder: Path) -> Store:
    """Open the store that lies in a folder, as one SQLite file, making it if it is not there."""
    # URL.create quotes what a path may hold and a URL may not.
    return open_store(str(URL.create("sqlite", database=str(folder / DATABASE))))
