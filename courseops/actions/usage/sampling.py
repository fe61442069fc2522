"""Look at hubs from time to time, and keep what was seen.

A sample costs a hub some 35 ms; its accounts, which cost more, are read once an hour. A
sample is its own record: it opens no run, which every five minutes would bury all others,
unless it fails, and then once more when it works again.
"""

from __future__ import annotations

from datetime import timedelta

from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError
from courseops.model.run import Ending
from courseops.model.usage.seen import Sample
from courseops.ports.hub import Hub
from courseops.ports.records import Usage

SAMPLE = "usage-sample"
ACCOUNTS_EVERY = timedelta(hours=1)


def take_usage_sample(hub: Hub, usage: Usage, journal: Journal) -> Sample:
    """
    Look at one hub once, and keep what was seen.

    That a hub could not be seen is kept too, so that a report can tell it from a quiet time.

    Raises:
        CourseOpsError: the hub did not answer, or said no.
    """
    now = journal.clock.now()
    read_at = usage.accounts_read_at(hub.name)
    try:
        servers = hub.running_servers()
        users = hub.users() if read_at is None or now - read_at >= ACCOUNTS_EVERY else None
    except CourseOpsError:
        usage.add_sample(Sample(hub=hub.name, taken_at=now, ok=False), (), ())
        with journal.run(SAMPLE, f"usage/{hub.name}"):
            raise
    _end_trouble(journal, f"usage/{hub.name}")
    accounts = None if users is None else len(users)
    sample = Sample(hub=hub.name, taken_at=now, running=len(servers), accounts=accounts)
    usage.add_sample(sample, servers, users or ())
    return sample


def _end_trouble(journal: Journal, scope: str) -> None:
    """Leave a run where the last one failed, so that nobody goes on being asked to look."""
    last = journal.runs.recent(action=SAMPLE, scope=scope, limit=1)
    if last and last[0].ending is not Ending.DONE:
        with journal.run(SAMPLE, scope):
            pass
