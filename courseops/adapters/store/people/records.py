"""Our records of one person, in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from courseops.adapters.store.database import Database
from courseops.adapters.store.people import finding, forgetting
from courseops.model.people.fate import Grounds, Trace
from courseops.model.people.whom import Kept, Whom
from courseops.model.run import AuditRecord


class SqlPersonRecords:
    """Everything that all tables hold of somebody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def courses(self) -> list[str]:
        """Name every course that anybody ever was enrolled in."""
        return finding.courses_known(self._database)

    def identify(self, hub: str, username: str, courses: Collection[str]) -> Whom:
        """Say who is called so on a hub: by enrolments in its courses, under this name or not."""
        return finding.identify(self._database, hub, username, courses)

    def everything(self, whom: Whom) -> tuple[Kept, ...]:
        """Give what each table holds of somebody, at one unchanging state; nothing is left out."""
        return finding.everything_of(self._database, whom)

    def traces(self, whom: Whom, grounds: Grounds) -> tuple[Trace, ...]:
        """Say how many records of which kind there are, and what would become of them."""
        return forgetting.traces_of(self._database, whom, grounds)

    def forget(
        self, whom: Whom, grounds: Grounds, pseudonym: str, records: Sequence[AuditRecord]
    ) -> tuple[Trace, ...]:
        """Carry it out, with `records` that it was done, all or nothing; give what was done."""
        return forgetting.forget(self._database, whom, grounds, pseudonym, records)
