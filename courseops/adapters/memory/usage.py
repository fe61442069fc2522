"""What was seen on the hubs over time, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from courseops.model.hub import HubUser, RunningServer
from courseops.model.usage.seen import Activity, Sample, Session


class MemoryUsage:
    """Samples, sessions and activities of one process."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []
        self._sessions: dict[tuple[str, str, str, datetime], Session] = {}
        self._activities: dict[tuple[str, str, date], Activity] = {}

    def add_sample(
        self, sample: Sample, servers: Sequence[RunningServer], users: Sequence[HubUser]
    ) -> None:
        """Keep one look at a hub: the servers that ran, and the accounts if they were asked."""
        self._samples.append(sample)
        for server in servers:
            self._see(sample, server)
        for user in users:
            if user.last_activity_at is not None:
                self._note_activity(sample.hub, user.name, user.last_activity_at)

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
        """Give each account's last activity of each day (UTC) in a time, oldest first."""
        found = [
            activity
            for activity in self._activities.values()
            if activity.hub == hub and since <= activity.active_at <= until
        ]
        return sorted(found, key=lambda activity: (activity.active_at, activity.username))

    def accounts_read_at(self, hub: str) -> datetime | None:
        """Say when the hub's accounts were last read along with a sample."""
        read = [s.taken_at for s in self._samples if s.hub == hub and s.accounts is not None]
        return max(read, default=None)

    def _see(self, sample: Sample, server: RunningServer) -> None:
        key = (sample.hub, server.username, server.server, server.started_at)
        seen = Session(
            hub=sample.hub,
            username=server.username,
            server=server.server,
            started_at=server.started_at,
            last_seen_at=sample.taken_at,
        )
        before = self._sessions.get(key, seen)
        latest = max(before.last_seen_at, sample.taken_at)
        self._sessions[key] = replace(seen, last_seen_at=latest)

    def _note_activity(self, hub: str, username: str, at: datetime) -> None:
        key = (hub, username, at.astimezone(UTC).date())
        before = self._activities.get(key)
        if before is None or before.active_at < at:
            self._activities[key] = Activity(hub=hub, username=username, active_at=at)
