"""Look at hubs from time to time, and keep what was seen.

A sample asks who is at work, which costs a hub some 35 ms. Once a day it also asks whose last
activity was when: that is how those are found who were active without a server, or whose
server ran between two samples. A hub keeps of each account the last activity only. So it is
asked with the first sample after midnight on the school's clocks: it then still knows of
everybody who was active on the day that ended, but for those few who have been active again
since midnight, and of these a sample has seen the server that they worked on. Asking late in
the evening would miss whoever came later still.

A sample is its own record: it opens no run, which every five minutes would bury all others,
unless it fails, and then once more when it works again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError
from courseops.model.hub import ActiveUsers
from courseops.model.run import Ending
from courseops.model.usage.seen import Sample
from courseops.ports.hub import Hub
from courseops.ports.records import Usage

SAMPLE = "usage-sample"

# A hub writes activity down minutes after it was, and its clock need not be ours.
_OVERLAP = timedelta(hours=1)


def take_usage_sample(hub: Hub, usage: Usage, journal: Journal, zone: tzinfo = UTC) -> Sample:
    """
    Look at one hub once, and keep what was seen; the school's clocks are those of `zone`.

    That a hub could not be seen is kept too, so that a report can tell it from a quiet time.

    Raises:
        CourseOpsError: the hub did not answer, or said no.
    """
    now = journal.clock.now()
    try:
        servers = hub.running_servers()
        active = _active_users(hub, usage.accounts_read_at(hub.name), now, zone)
    except CourseOpsError:
        usage.add_sample(Sample(hub=hub.name, taken_at=now, ok=False), (), ())
        with journal.run(SAMPLE, f"usage/{hub.name}"):
            raise
    _end_trouble(journal, f"usage/{hub.name}")
    sample = Sample(
        hub=hub.name,
        taken_at=now,
        running=len(servers),
        accounts=None if active is None else active.accounts,
    )
    usage.add_sample(sample, servers, () if active is None else active.users, zone)
    return sample


def _active_users(
    hub: Hub, read_at: datetime | None, now: datetime, zone: tzinfo
) -> ActiveUsers | None:
    """Ask for activity if it was not asked for on this day of the calendar; else None."""
    if read_at is None:
        return hub.active_users(None)
    if read_at.astimezone(zone).date() == now.astimezone(zone).date():
        return None
    return hub.active_users(read_at - _OVERLAP)


def _end_trouble(journal: Journal, scope: str) -> None:
    """Leave a run where the last one failed, so that nobody goes on being asked to look."""
    last = journal.runs.recent(action=SAMPLE, scope=scope, limit=1)
    if last and last[0].ending is not Ending.DONE:
        with journal.run(SAMPLE, scope):
            pass
