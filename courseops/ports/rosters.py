"""Where rosters come from."""

from __future__ import annotations

from typing import Protocol

from courseops.model.roster import Roster


class RosterSource(Protocol):
    """Where a course's roster comes from."""

    def read(self) -> Roster:
        """
        Give the whole roster.

        Raises:
            CourseOpsError: anything less than the whole roster could be had.
        """
        ...
