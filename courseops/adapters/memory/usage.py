"""What was seen on the hubs over time, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo

from courseops.model.hub import HubUser, RunningServer
from courseops.model.usage.observation import Gap, joined, within
from courseops.model.usage.rollup import Span, SpanFigures
from courseops.model.usage.seen import (
    Activity,
    HomeSize,
    Ran,
    Sample,
    Session,
    Window,
    by_account,
    moments_of,
)
from courseops.model.usage.starts import StartCounts, StartHour, hour_of, together


class MemoryUsage:
    """What one process saw of hubs."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []
        self._sessions: dict[tuple[str, str, str, datetime], Session] = {}
        self._activities: dict[tuple[str, str, date], Activity] = {}
        self._sizes: dict[tuple[str, str], dict[datetime, HomeSize]] = defaultdict(dict)
        self._starts: dict[tuple[str, datetime], StartCounts] = {}
        self._figures: dict[tuple[str, Span, date, str], SpanFigures] = {}
        self._gaps: dict[str, list[Gap]] = defaultdict(list)
        self._bookmarks: dict[tuple[str, str], str] = {}
        self._forgotten = 0

    def add_sample(
        self,
        sample: Sample,
        servers: Sequence[RunningServer],
        users: Sequence[HubUser],
        zone: tzinfo = UTC,
    ) -> None:
        """Keep one look at a hub: the servers that ran, and the accounts if they were asked."""
        self._samples.append(sample)
        self.add_sessions([_session(sample, server) for server in servers])
        for user in users:
            if user.last_activity_at is not None:
                self._note_activity(sample.hub, user.name, user.last_activity_at, zone)

    def watched(self) -> dict[str, Window]:
        """Give from when to when each hub was looked at, by the samples that there are."""
        found: dict[str, list[datetime]] = defaultdict(list)
        for sample in self._samples:
            found[sample.hub].append(sample.taken_at)
        return {hub: Window(since=min(at), until=max(at)) for hub, at in found.items()}

    def samples(self, hub: str, since: datetime, until: datetime) -> list[Sample]:
        """Give the samples of a time, oldest first."""
        found = [s for s in self._samples if s.hub == hub and since <= s.taken_at <= until]
        return sorted(found, key=lambda sample: sample.taken_at)

    def sessions(self, hub: str, since: datetime, until: datetime) -> list[Session]:
        """Give the sessions with any moment in a time, by their start."""
        found = [
            session
            for session in self._sessions.values()
            if session.hub == hub and session.started_at <= until and session.last_seen_at >= since
        ]
        return sorted(found, key=lambda session: (session.started_at, session.username))

    def activities(self, hub: str, since: datetime, until: datetime) -> list[Activity]:
        """Give each account's last activity of each day in a time, oldest first."""
        found = [
            activity
            for activity in self._activities.values()
            if activity.hub == hub and since <= activity.active_at <= until
        ]
        return sorted(found, key=lambda activity: (activity.active_at, activity.username))

    def ran(self, hub: str, since: datetime, until: datetime) -> dict[str, list[Ran]]:
        """Give the same sessions by username, each account's by their start."""
        return by_account(self.sessions(hub, since, until))

    def active(self, hub: str, since: datetime, until: datetime) -> dict[str, list[int]]:
        """Give the same activities by username."""
        return moments_of(self.activities(hub, since, until))

    def accounts_read_at(self, hub: str) -> datetime | None:
        """Say when the hub's accounts were last read along with a sample."""
        read = [s.taken_at for s in self._samples if s.hub == hub and s.accounts is not None]
        return max(read, default=None)

    def add_sessions(self, sessions: Sequence[Session]) -> None:
        """Keep sessions as they are known now; account, server and start say which is meant."""
        for it in sessions:
            key = (it.hub, it.username, it.server, it.started_at)
            before = self._sessions.get(key, it)
            self._sessions[key] = replace(
                it,
                last_seen_at=max(before.last_seen_at, it.last_seen_at),
                ended_at=it.ended_at or before.ended_at,
            )

    def note_sizes(self, sizes: Sequence[HomeSize]) -> None:
        """Note sizes that a backup found; one that is as it was before is not noted again."""
        for it in sizes:
            known = self._sizes[it.account]
            last = known[max(known)] if known else None
            if last is None or (last.size_bytes, last.files) != (it.size_bytes, it.files):
                known[it.at] = it

    def sizes(self, hub: str, since: datetime, until: datetime) -> list[HomeSize]:
        """Give how large homes were: as they stood at `since`, and each change since."""
        found = []
        for (of_hub, _), known in self._sizes.items():
            standing = max((at for at in known if at <= since), default=since)
            found += [it for it in known.values() if of_hub == hub and standing <= it.at <= until]
        return sorted(found, key=lambda it: (it.at, it.username))

    def edge_sizes(self, hub: str, since: datetime, until: datetime) -> list[HomeSize]:
        """Give of each home the first and the last of those sizes, oldest first."""
        found = self.sizes(hub, since, until)
        first = {it.username: it for it in reversed(found)}
        last = {it.username: it for it in found}
        return [it for it in found if it in (first[it.username], last[it.username])]

    def add_starts(self, hub: str, at: datetime, counts: StartCounts) -> None:
        """Add starts to those of the hour that `at` lies in."""
        key = (hub, hour_of(at))
        self._starts[key] = together([self._starts.get(key, StartCounts()), counts])

    def starts(self, hub: str, since: datetime, until: datetime) -> list[StartHour]:
        """Give the starts of the hours that begin in a time, oldest first."""
        return [
            StartHour(hub=hub, at=at, counts=counts)
            for (of_hub, at), counts in sorted(self._starts.items(), key=lambda it: it[0])
            if of_hub == hub and since <= at <= until
        ]

    def keep_figures(
        self, figures: Sequence[SpanFigures], gaps: Mapping[str, Sequence[Gap]]
    ) -> None:
        """Keep figures and gaps for good; figures of a span replace older ones."""
        for it in figures:
            self._figures[it.hub, it.span, it.first_day, it.course_id] = it
        for hub, found in gaps.items():
            self._gaps[hub] = list(joined([*self._gaps[hub], *found]))

    def figures(self, hub: str, span: Span, since: date, until: date) -> list[SpanFigures]:
        """Give kept figures of a hub and its courses, by first day."""
        found = [
            it
            for it in self._figures.values()
            if (it.hub, it.span) == (hub, span) and since <= it.first_day <= until
        ]
        return sorted(found, key=lambda it: (it.first_day, it.course_id))

    def gaps(self, hub: str, since: datetime, until: datetime) -> list[Gap]:
        """Give what was kept of times in which nobody watched, cut to a time, oldest first."""
        return list(within(self._gaps[hub], Window(since=since, until=until)))

    def bookmark(self, hub: str, source: str) -> str:
        """Give how far a source of a hub was read; empty if never."""
        return self._bookmarks.get((hub, source), "")

    def put_bookmark(self, hub: str, source: str, text: str) -> None:
        """Keep how far a source of a hub was read."""
        self._bookmarks[hub, source] = text

    def forget(self, hub: str, username: str) -> None:
        """Keep what an account used, and forget whose it was; figures stay as they are."""
        self._forgotten += 1
        nobody = f"?{self._forgotten}"
        for mine in [key for key in self._sessions if key[:2] == (hub, username)]:
            session = replace(self._sessions.pop(mine), username=nobody)
            self._sessions[hub, nobody, session.server, session.started_at] = session
        for day in [key[2] for key in self._activities if key[:2] == (hub, username)]:
            activity = self._activities.pop((hub, username, day))
            self._activities[hub, nobody, day] = replace(activity, username=nobody)
        if known := self._sizes.pop((hub, username), None):
            self._sizes[hub, nobody] = {
                at: replace(it, username=nobody) for at, it in known.items()
            }

    def _note_activity(self, hub: str, username: str, at: datetime, zone: tzinfo) -> None:
        key = (hub, username, at.astimezone(zone).date())
        before = self._activities.get(key)
        if before is None or before.active_at < at:
            self._activities[key] = Activity(hub=hub, username=username, active_at=at)


def _session(sample: Sample, server: RunningServer) -> Session:
    return Session(
        hub=sample.hub,
        username=server.username,
        server=server.server,
        started_at=server.started_at,
        last_seen_at=sample.taken_at,
    )
