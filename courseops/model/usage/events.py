"""What a hub's own event log says of servers, put together with what samples saw of them.

The log says when a server was ready and when the hub stopped it, to the millisecond. It does
not know servers that end by themselves, or with their machine; samples do. So the two are put
together: the log brings the end, and those sessions that came and went between two samples.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from courseops.model.usage.seen import Session

# A hub says of a server when it began to start it, the log when it was ready; hubs wait for a
# minute unless they are told to wait longer: c.Spawner.start_timeout.
LONGEST_START = timedelta(minutes=15)
# A server that is being stopped may be seen until it has stopped, by a clock of another machine.
SLACK = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class ServerEvent:
    """A server was started (ready at that moment), or had stopped."""

    username: str
    server: str
    at: datetime
    is_start: bool


@dataclass(frozen=True, kw_only=True)
class LogRead:
    """What was read of an event log, in its order; `bookmark` says how far it was read."""

    events: tuple[ServerEvent, ...]
    bookmark: str


def corrected(hub: str, known: Iterable[Session], events: Iterable[ServerEvent]) -> list[Session]:
    """Give the sessions of a hub that are new or better known by its log; `known` are there."""
    sessions: defaultdict[tuple[str, str], list[Session]] = defaultdict(list)
    for session in sorted(known, key=lambda it: it.started_at):
        sessions[session.username, session.server].append(session)
    found: dict[tuple[str, str, datetime], Session] = {}
    for event in sorted(events, key=lambda it: (it.at, it.is_start)):
        mine = sessions[event.username, event.server]
        better = _started(hub, mine, event) if event.is_start else _stopped(mine, event)
        if better is not None:
            found[event.username, event.server, better.started_at] = better
    return list(found.values())


def _started(hub: str, mine: list[Session], event: ServerEvent) -> Session | None:
    """Add a session that no sample saw."""
    if any(_is_its_start(it, event.at) for it in mine):
        return None
    new = Session(
        hub=hub,
        username=event.username,
        server=event.server,
        started_at=event.at,
        last_seen_at=event.at,
    )
    mine.append(new)
    mine.sort(key=lambda it: it.started_at)
    return new


def _is_its_start(session: Session, ready_at: datetime) -> bool:
    """Say whether it is this session that was ready then; before that, no sample sees one."""
    was_begun = ready_at - LONGEST_START <= session.started_at <= ready_at
    return was_begun and session.last_seen_at >= ready_at - SLACK


def _stopped(mine: list[Session], event: ServerEvent) -> Session | None:
    """Give the session that was the last to start before a stop its end."""
    before: Sequence[int] = [n for n, it in enumerate(mine) if it.started_at <= event.at]
    if not before:
        return None
    session = mine[before[-1]]
    if session.ended_at is not None or session.last_seen_at > event.at + SLACK:
        return None
    seen_at = max(session.last_seen_at, event.at)
    mine[before[-1]] = replace(session, last_seen_at=seen_at, ended_at=event.at)
    return mine[before[-1]]
