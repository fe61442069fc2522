"""The moments of a cron expression, in the zone where people read it.

cronsim does as Debian's cron at the change of the clocks: what is due at a fixed hour that does
not exist is due right after the gap, what is due in an hour that comes twice is due once, and
what is due every so often goes on as time does: https://github.com/cuu508/cronsim
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from cronsim import CronSim


def cron_moments(expression: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Give the moments later than `after`, in UTC, in their order, without end."""
    for local in CronSim(expression, after.astimezone(zone)):
        moment = local.astimezone(UTC)
        # Begun in the second of two equal hours, cronsim gives what was due in the first.
        if moment > after:
            yield moment
