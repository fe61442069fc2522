"""What grows by itself, and can be let go of when it is old: of our record, and of our folders."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol


class Attic(Protocol):
    """
    Our record, where it is old; each call gives how many rows it dropped.

    What others rest on stays, however old: what has not ended or waits for a person, the newest
    run of each action on each scope by how it ended, and the latest slot of each job.
    """

    def drop_outcomes(self, before: datetime) -> int:
        """Drop what went well in runs that ended before, but for the newest word on anybody."""
        ...

    def drop_uneventful(self, before: datetime) -> int:
        """Drop runs that ended well before, changed nothing, and have no outcomes any more."""
        ...

    def drop_runs(
        self, before: datetime, *, sparing: Collection[str], courses: Collection[str]
    ) -> int:
        """
        Drop runs that ended before, with their outcomes and audit records.

        Those of the actions in `sparing` stay for good, and in `courses` those that have the
        newest word on anybody's work.
        """
        ...

    def drop_plans(self, before: datetime) -> int:
        """Drop plans that were kept before and that no run carries out."""
        ...

    def drop_usage(self, before: datetime) -> int:
        """Drop what was seen on hubs before."""
        ...

    def drop_alerts(self, before: datetime) -> int:
        """Drop alerts that were over before."""
        ...


class Sheds(Protocol):
    """The folders of ours in which files pile up; each call gives what it removed, in words."""

    def clear_logs(self, before: datetime) -> str:
        """Remove the logs of runs that nothing was added to since."""
        ...

    def clear_reports(self, before: datetime) -> str:
        """Remove reports that were written before."""
        ...

    def clear_staging(self, before: datetime) -> str:
        """Remove what killed processes left behind before."""
        ...

    def clear_locks(self, before: datetime) -> str:
        """Remove the files of locks that nobody has held since."""
        ...
