"""What became of learners' work, in whatever database it is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from courseops.adapters.store import Store
from courseops.model.run import Outcome


class StoreHistory:
    """Looks into an open store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def latest_outcomes(self, action: str, scope: str) -> dict[str, Outcome]:
        """Give the newest outcome of each subject over all runs of `action` on `scope`."""
        return self._store.runs.latest_outcomes(action, scope)

    def latest_failures(
        self, action: str, scopes: Collection[str]
    ) -> dict[str, dict[str, Outcome]]:
        """Give, by scope and subject, those newest outcomes that are failures."""
        return self._store.runs.latest_failures(action, scopes)

    def version(self, scope: str) -> tuple[int, ...]:
        """Give what changes when a run on a scope or below begins, leaves an outcome or ends."""
        return self._store.runs.version(scope)

    def up_to_date(
        self, action: str, after: str, scopes: Collection[str]
    ) -> dict[str, frozenset[str]]:
        """Name, by scope, for whom `action` was done, and `after` was not done since."""
        return self._store.runs.up_to_date(action, after, scopes)

    def extensions(self, course_id: str, assignment: str) -> dict[str, datetime]:
        """Say until when those have who were given more time, by learner."""
        return self._store.collections.extensions(course_id, assignment)
