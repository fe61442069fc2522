"""What persons' rights need from outside: keys of pseudonyms, and our records of one person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from courseops.model.people.fate import Grounds, Trace
from courseops.model.people.pseudonym import TermKey
from courseops.model.people.whom import Kept, Whom
from courseops.model.run import AuditRecord
from courseops.model.usage.learner import AccountSeen


class PseudonymKeys(Protocol):
    """The secret key of each term."""

    def key(self, term: str) -> bytes:
        """
        Give the key of a term; the first time, it is made.

        Raises:
            CourseOpsError: it cannot be read or kept, or others may read it.
        """
        ...

    def known(self) -> list[TermKey]:
        """Say which terms have a key, by their names."""
        ...

    def destroy(self, term: str) -> bool:
        """
        Destroy the key of a term, for good; False if there is none.

        Raises:
            CourseOpsError: it is still there.
        """
        ...


class PersonRecords(Protocol):
    """Our record, as far as it is of one person."""

    def courses(self) -> list[str]:
        """Name every course that anybody ever was enrolled in, also one long gone."""
        ...

    def identify(self, hub: str, username: str, courses: Collection[str]) -> Whom:
        """
        Say who is called so on a hub: by enrolments in its courses, under this name or another.

        Who is in none of them has no more than the username.
        """
        ...

    def everything(self, whom: Whom) -> tuple[Kept, ...]:
        """
        Give what each table holds of somebody, at one unchanging state; nothing is left out.

        Of rows that name others as well, only what is about the one who asks is given.
        """
        ...

    def traces(self, whom: Whom, grounds: Grounds) -> tuple[Trace, ...]:
        """Say how many records of which kind there are, and what would become of them."""
        ...

    def forget(
        self, whom: Whom, grounds: Grounds, pseudonym: str, records: Sequence[AuditRecord]
    ) -> tuple[Trace, ...]:
        """
        Put a pseudonym in place of somebody, and erase what nothing rests on, all or nothing.

        What stays is not touched. `records` of it having been done are kept with it. Doing so
        again finds nothing; give what was found and changed.
        """
        ...


class AccountUsage(Protocol):
    """What was seen on the hubs, of one account at a time."""

    def of(self, hub: str, username: str, since: datetime, until: datetime) -> AccountSeen:
        """Give an account's sessions with any moment in a time, its activities, its sizes."""
        ...
