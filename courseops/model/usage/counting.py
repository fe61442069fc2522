"""Count what was seen into the figures of a usage report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from statistics import median_low

from courseops.model.roster import Membership, Role
from courseops.model.usage import observation, seen
from courseops.model.usage.observation import Point
from courseops.model.usage.report import (
    AssignmentProgress,
    CourseUsage,
    Figures,
    HubUsage,
    Observation,
    Storage,
)
from courseops.model.usage.seen import Account, Activity, Peak, Sample, Session, Window


@dataclass(frozen=True, kw_only=True)
class HubRecords:
    """Everything that was seen on one hub in the window."""

    hub: str
    samples: Sequence[Sample]
    sessions: Sequence[Session]
    activities: Sequence[Activity]

    @property
    def accounts(self) -> int | None:
        """Say how many accounts the hub had, if it was ever asked."""
        counts = [sample.accounts for sample in self.samples if sample.accounts is not None]
        return max(counts, default=None)

    def of(self, memberships: Iterable[Membership]) -> HubRecords:
        """Keep what belongs to those members, while they were members."""
        periods: dict[str, list[Membership]] = {}
        for membership in memberships:
            periods.setdefault(membership.username, []).append(membership)
        return replace(
            self,
            sessions=[
                session
                for session in self.sessions
                if any(
                    period.overlaps(session.started_at, session.last_seen_at)
                    for period in periods.get(session.username, ())
                )
            ],
            activities=[
                activity
                for activity in self.activities
                if any(
                    period.overlaps(activity.active_at, activity.active_at)
                    for period in periods.get(activity.username, ())
                )
            ],
        )


@dataclass(frozen=True, kw_only=True)
class CourseRecords:
    """One course, who belonged to it when, and how far its assignments are."""

    course_id: str
    title: str
    hub: str
    memberships: Sequence[Membership]
    assignments: tuple[AssignmentProgress, ...] = ()

    def learners(self, window: Window) -> list[Membership]:
        """List the learners' memberships in the window; staff are left out."""
        return [
            membership
            for membership in self.memberships
            if membership.role is Role.LEARNER and membership.overlaps(window.since, window.until)
        ]


@dataclass(frozen=True, kw_only=True)
class Counting:
    """
    Counts the records of one window.

    `periods` tells how often each hub was looked at, `storage` how large homes are.
    """

    window: Window
    zone: tzinfo
    periods: Mapping[str, timedelta]
    storage: Mapping[Account, int]

    @classmethod
    def of(
        cls,
        records: Iterable[HubRecords],
        window: Window,
        zone: tzinfo,
        storage: Mapping[Account, int],
    ) -> Counting:
        """Get ready to count; all times will be as clocks in `zone` show them."""
        return cls(
            window=Window(since=window.since.astimezone(zone), until=window.until.astimezone(zone)),
            zone=zone,
            periods={hub.hub: observation.sampling_period(hub.samples) for hub in records},
            storage=storage,
        )

    def observation(self, records: HubRecords) -> Observation:
        """Say how well a hub was watched."""
        gaps = observation.gaps(records.samples, self.window, self.periods[records.hub])
        return Observation(
            hub=records.hub,
            percent=observation.observed_percent(gaps, self.window),
            asked=len(records.samples),
            unanswered=sum(not sample.ok for sample in records.samples),
            gaps=tuple(gap.as_in(self.zone) for gap in gaps),
        )

    def hub(self, records: HubRecords) -> HubUsage:
        """Count everyone on one hub."""
        return HubUsage(
            hub=records.hub,
            figures=self.figures([records], records.accounts),
            storage=self._storage(key for key in self.storage if key[0] == records.hub),
            running=self.running([records]),
        )

    def course(self, course: CourseRecords, records: HubRecords) -> CourseUsage:
        """Count a course's learners in what was seen on its hub while they belonged to it."""
        learners = course.learners(self.window)
        usernames = {membership.username for membership in learners}
        return CourseUsage(
            course_id=course.course_id,
            title=course.title or course.course_id,
            hub=course.hub,
            figures=self.figures([records.of(learners)], len(usernames)),
            storage=self._storage((course.hub, username) for username in usernames),
            assignments=course.assignments,
        )

    def figures(self, records: Sequence[HubRecords], people: int | None) -> Figures:
        """Count the records of some hubs; where `people` are unknown, those who were seen."""
        sessions = [session for hub in records for session in hub.sessions]
        activities = [activity for hub in records for activity in hub.activities]
        active = len(seen.active_accounts(sessions, activities))
        peak = seen.peak(sessions, self.window)
        return Figures(
            people=max(people or 0, active),
            active=active,
            sessions=len(sessions),
            hours=seen.hours(sessions, self.window, self.periods),
            peak=Peak(servers=peak.servers, at=peak.at and peak.at.astimezone(self.zone)),
            days=seen.active_days(sessions, activities, self.window, self.zone),
        )

    def running(self, records: Sequence[HubRecords]) -> tuple[Point, ...]:
        """Draw how many servers ran on some hubs."""
        sessions = [session for hub in records for session in hub.sessions]
        samples = [sample for hub in records for sample in hub.samples]
        period = max((self.periods[hub.hub] for hub in records), default=observation.USUAL_PERIOD)
        return observation.running_over_time(sessions, samples, self.window, period)

    def _storage(self, accounts: Iterable[Account]) -> Storage | None:
        sizes = [self.storage[account] for account in accounts if account in self.storage]
        if not sizes:
            return None
        return Storage(
            homes=len(sizes),
            total_bytes=sum(sizes),
            median_bytes=median_low(sizes),
            largest_bytes=max(sizes),
        )
