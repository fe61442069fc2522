"""The keys of pseudonyms, and what was seen of one account, in memory."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.usage import MemoryUsage
from courseops.errors import CourseOpsError
from courseops.model.people.pseudonym import KEY_BYTES, TermKey
from courseops.model.usage.learner import AccountSeen


class MemoryPseudonymKeys:
    """The keys of all terms, of one process."""

    def __init__(self, clock: FixedClock | None = None) -> None:
        self._clock = clock or FixedClock()
        self._keys: dict[str, tuple[bytes, TermKey]] = {}

    def key(self, term: str) -> bytes:
        """Give the key of a term; the first time, it is made."""
        _insist_on_term(term)
        made = TermKey(term=term, made_at=self._clock.now())
        return self._keys.setdefault(term, (secrets.token_bytes(KEY_BYTES), made))[0]

    def known(self) -> list[TermKey]:
        """Say which terms have a key, by their names."""
        return [self._keys[term][1] for term in sorted(self._keys)]

    def destroy(self, term: str) -> bool:
        """Destroy the key of a term, for good; False if there is none."""
        _insist_on_term(term)
        return self._keys.pop(term, None) is not None


class MemoryAccountUsage:
    """What was seen of one account, picked out of what was seen of all."""

    def __init__(self, usage: MemoryUsage) -> None:
        self._usage = usage

    def of(self, hub: str, username: str, since: datetime, until: datetime) -> AccountSeen:
        """Give an account's sessions with any moment in a time, its activities, its sizes."""
        account, usage = (hub, username), self._usage
        return AccountSeen(
            sessions=[it for it in usage.sessions(hub, since, until) if it.account == account],
            activities=[it for it in usage.activities(hub, since, until) if it.account == account],
            sizes=[it for it in usage.sizes(hub, since, until) if it.account == account],
        )


def _insist_on_term(term: str) -> None:
    try:
        is_day = date.fromisoformat(term).isoformat() == term
    except ValueError:
        is_day = False
    if not is_day:
        raise CourseOpsError(f"no term is called {term!r}")
