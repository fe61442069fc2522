"""Take in what a hub itself counted and wrote down: exact ends of sessions, starts, failures.

Both are extras. A hub without them is sampled all the same, and a report says what it rests on.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from courseops.actions.journal import Journal
from courseops.model.usage.events import LONGEST_START, corrected
from courseops.model.usage.starts import StartCounts, since_last
from courseops.ports.hub import EventLog, Hub
from courseops.ports.records import Usage

# A server that became ready this very minute may not be in the hub's list yet: were its start
# taken in now, the next sample would see it as another session.
_SETTLED = timedelta(minutes=1)
# A session that ended while nobody sampled was seen last so long before, at most.
_LONGEST_GAP = timedelta(days=7)
_LOG, _COUNTERS = "event-log", "start-counters"
# A log of years is read a piece at a time, so that a look stays short.
_MOST_PIECES = 20


def read_event_log(hub: str, log: EventLog, usage: Usage, journal: Journal) -> int:
    """
    Correct sessions by what a hub's event log says since it was read last; say how many.

    To be called after a sample. Reading the same again changes nothing.

    Raises:
        CourseOpsError: the log cannot be read.
    """
    until, count = journal.clock.now() - _SETTLED, 0
    for _ in range(_MOST_PIECES):
        bookmark = usage.bookmark(hub, _LOG)
        read = log.read(bookmark, until)
        if read.bookmark == bookmark:
            break
        if read.events:
            first, last = (edge(it.at for it in read.events) for edge in (min, max))
            known = usage.sessions(hub, first - _LONGEST_GAP, last + LONGEST_START)
            better = corrected(hub, known, read.events)
            usage.add_sessions(better)
            count += len(better)
        usage.put_bookmark(hub, _LOG, read.bookmark)
    return count


def count_starts(hub: Hub, usage: Usage, journal: Journal) -> StartCounts:
    """
    Note how many servers a hub started since it was asked last, and how long they took.

    Raises:
        CourseOpsError: the hub did not answer, or our token lacks read:metrics.
    """
    now: datetime = journal.clock.now()
    counted = hub.start_counts()
    new = since_last(_counts_in(usage.bookmark(hub.name, _COUNTERS)), counted)
    # Should we be killed between the two, a few starts go uncounted, and none counts twice.
    usage.put_bookmark(hub.name, _COUNTERS, _as_text(counted))
    if new.started or new.failed:
        usage.add_starts(hub.name, now, new)
    return new


def _as_text(counts: StartCounts) -> str:
    return json.dumps([counts.started, counts.failed, list(counts.waits.items())])


def _counts_in(bookmark: str) -> StartCounts | None:
    if not bookmark:
        return None
    started, failed, waits = json.loads(bookmark)
    return StartCounts(started=started, failed=failed, waits=dict(waits))
