"""Count what was seen into the figures of a usage report, every number as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from itertools import accumulate

from courseops.model.microseconds import microseconds
from courseops.model.roster import Membership
from courseops.model.usage import drawing, observation
from courseops.model.usage.calendar import HOUR, Calendar
from courseops.model.usage.forecast import USUAL, Assumptions, Needs, needs
from courseops.model.usage.homes import home_use, storage
from courseops.model.usage.observation import Point
from courseops.model.usage.records import CourseRecords, HubRecords
from courseops.model.usage.report import (
    CourseUsage,
    DayCount,
    Figures,
    HubUsage,
    Learner,
    Observation,
    Peak,
    SpanCount,
    Starts,
    Storage,
)
from courseops.model.usage.seen import Account, HomeSize, Window
from courseops.model.usage.small_cells import is_small
from courseops.model.usage.starts import StartHour, together
from courseops.model.usage.sweeping import Track
from courseops.model.usage.tally import Tally, tally


@dataclass(frozen=True, kw_only=True)
class Group:
    """
    Whoever is counted together: how many there were in all, on each day, and are now.

    `usernames` are those whose homes count.
    """

    tallies: Sequence[Tally]
    people: int
    enrolled: Sequence[int]
    now: int
    hubs: Sequence[str]
    usernames: Collection[Account]

    @cached_property
    def track(self) -> Track:
        """Give all their sessions in order."""
        return Track.together([it.track for it in self.tallies])

    @cached_property
    def active(self) -> int:
        """Count who was active; of two hubs everyone is another."""
        return sum(len(it.active) for it in self.tallies)


@dataclass(frozen=True, kw_only=True)
class Counting:
    """
    Counts the records of one window; all times are as clocks in `zone` show them.

    The whole is everyone on `hubs`, or without any the learners of `courses`. `next_people` says
    how many there will be next in the whole, None as many as there are now.
    """

    window: Window
    zone: tzinfo
    records: Mapping[str, HubRecords]
    courses: Sequence[CourseRecords]
    hubs: Sequence[str]
    next_people: int | None = None
    assumed: Assumptions = USUAL

    @cached_property
    def calendar(self) -> Calendar:
        """Give the hours and days of the window."""
        return Calendar(self.window, self.zone)

    @cached_property
    def periods(self) -> dict[str, timedelta]:
        """Tell how often each hub was looked at."""
        return {name: observation.sampling_period(it.samples) for name, it in self.records.items()}

    @cached_property
    def watched(self) -> dict[str, set[int]]:
        """Tell in which hours each hub was seen at least once."""
        hour_at = self.calendar.hour_at
        return {
            name: {hour_at(microseconds(it.taken_at)) for it in hub.samples if it.ok}
            for name, hub in self.records.items()
        }

    @cached_property
    def learners(self) -> dict[str, list[Membership]]:
        """Give the learners' memberships of each course."""
        return {it.course_id: it.learners(self.window) for it in self.courses}

    @cached_property
    def _tallies(self) -> tuple[dict[str, Tally], dict[str, Tally]]:
        of_hubs, of_courses = {}, {}
        for name, hub in self.records.items():
            there = {it.course_id: self.learners[it.course_id] for it in self.courses_on(name)}
            of_hubs[name], found = tally(
                hub.sessions, hub.activities, self.calendar, self.periods[name], there
            )
            of_courses.update(found)
        return of_hubs, of_courses

    def courses_on(self, hub: str) -> list[CourseRecords]:
        """Give the courses of a hub."""
        return [it for it in self.courses if it.hub == hub]

    def observation(self, hub: str) -> Observation:
        """Say how well a hub was watched."""
        samples = self.records[hub].samples
        gaps = observation.gaps(samples, self.window, self.periods[hub])
        return Observation(
            hub=hub,
            percent=observation.observed_percent(gaps, self.window),
            asked=len(samples),
            unanswered=sum(not sample.ok for sample in samples),
            gaps=tuple(gap.as_in(self.zone) for gap in gaps),
        )

    @cached_property
    def whole(self) -> Group:
        """Put together what the whole report counts: everyone on its hubs, or its one course."""
        groups = [self.of_hubs[it] for it in self.hubs] or list(self.of_courses.values())
        return Group(
            tallies=[tally for it in groups for tally in it.tallies],
            people=sum(it.people for it in groups),
            enrolled=[sum(it) for it in zip(*(it.enrolled for it in groups), strict=True)]
            or [0] * len(self.calendar.days),
            now=sum(it.now for it in groups),
            hubs=sorted({hub for it in groups for hub in it.hubs}),
            usernames=set().union(*(it.usernames for it in groups)),
        )

    @cached_property
    def of_hubs(self) -> dict[str, Group]:
        """Put everyone on each hub together."""
        return {name: self._everyone(it) for name, it in self.records.items()}

    @cached_property
    def of_courses(self) -> dict[str, Group]:
        """Put the learners of each course together."""
        return {it.course_id: self._learners_of(it) for it in self.courses}

    def _everyone(self, records: HubRecords) -> Group:
        """Put together everyone with an account on a hub; where they are unknown, who was seen."""
        seen = self._tallies[0][records.hub]
        people = max(records.accounts or 0, len(seen.active))
        now = people if records.accounts_now is None else records.accounts_now
        return Group(
            tallies=[seen],
            people=people,
            enrolled=[people] * len(self.calendar.days),
            now=_about(now, people),
            hubs=[records.hub],
            usernames={(records.hub, it.username) for it in records.sizes},
        )

    def _learners_of(self, course: CourseRecords) -> Group:
        """Put together the learners of a course while they belonged to it."""
        learners = self.learners[course.course_id]
        usernames = {(course.hub, it.username) for it in learners}
        now = len({it.username for it in learners if it.ended_at is None})
        return Group(
            tallies=[self._tallies[1][course.course_id]],
            people=len(usernames),
            enrolled=_enrolled(learners, self.calendar),
            now=_about(now, len(usernames)),
            hubs=[course.hub],
            usernames=usernames,
        )

    def hub(self, name: str) -> HubUsage:
        """Count everyone on one hub."""
        records, group = self.records[name], self.of_hubs[name]
        return HubUsage(
            hub=name,
            figures=self.figures(group),
            storage=self._storage(group),
            running=self.running(group),
            starts=_starts(records.starts),
            needs=self.needs(group),
        )

    def course(self, course: CourseRecords) -> CourseUsage:
        """Count a course's learners in what was seen on its hub while they belonged to it."""
        group = self.of_courses[course.course_id]
        idle = sorted({username for _, username in group.usernames} - group.tallies[0].active)
        return CourseUsage(
            course_id=course.course_id,
            title=course.title or course.course_id,
            hub=course.hub,
            figures=self.figures(group),
            storage=self._storage(group),
            assignments=course.assignments,
            not_started=len(idle),
            who_not_started=tuple(
                Learner(username=it, name=course.names.get(it, "")) for it in idle
            ),
            needs=self.needs(group),
        )

    def figures(self, group: Group) -> Figures:
        """Count the figures of a group."""
        calendar, track = self.calendar, group.track
        highest, peak = track.heights(*drawing.hours(calendar))
        busiest = track.busiest()
        seen = set.intersection(*(self.watched[it] for it in group.hubs)) if group.hubs else set()
        return Figures(
            people=group.people,
            active=group.active,
            sessions=len(track.starts),
            hours=sum(it.worked for it in group.tallies) / HOUR,
            peak=Peak(servers=peak.servers, at=self._moment(peak.at)),
            days=tuple(
                DayCount(day=day, people=sum(it.on_days[number] for it in group.tallies))
                for number, day in enumerate(calendar.days)
            ),
            weeks=self._spans(group, weekly=True),
            months=self._spans(group, weekly=False),
            busiest_minute=Peak(servers=busiest.servers, at=self._moment(busiest.at)),
            week_hours=drawing.week_hours(highest, calendar, seen),
        )

    def hourly(self, group: Group) -> Sequence[int]:
        """Give the most servers of a group at once, in each hour of the window."""
        return group.track.heights(*drawing.hours(self.calendar))[0]

    def running(self, group: Group) -> tuple[Point, ...]:
        """Draw how many servers of a group ran."""
        samples = [it for hub in group.hubs for it in self.records[hub].samples]
        period = max((self.periods[it] for it in group.hubs), default=observation.USUAL_PERIOD)
        return drawing.running(group.track, self.hourly(group), samples, self.calendar, period)

    def needs(self, group: Group) -> Needs | None:
        """Say what a group needs next, if the whole grows or shrinks to `next_people`."""
        return needs(
            drawing.days_of_use(group.track, self.hourly(group), self.calendar, group.enrolled),
            home_use(self.sizes(group), self.window),
            round(group.now * self._growth),
            hubs=len(group.hubs),
            taken=self.assumed,
        )

    @cached_property
    def _growth(self) -> float:
        if self.next_people is None or not self.whole.now:
            return 1.0
        return self.next_people / self.whole.now

    def _storage(self, group: Group) -> Storage | None:
        return storage(self.sizes(group), self.window)

    def sizes(self, group: Group) -> list[HomeSize]:
        """Give how large the homes of a group were, oldest first."""
        found = [
            it
            for hub in group.hubs
            for username, sizes in self.records[hub].sizes_of.items()
            if (hub, username) in group.usernames
            for it in sizes
        ]
        return sorted(found, key=lambda it: it.at)

    def _spans(self, group: Group, *, weekly: bool) -> tuple[SpanCount, ...]:
        calendar = self.calendar
        return tuple(
            SpanCount(
                first_day=calendar.days[it.first],
                last_day=calendar.days[it.last],
                people=sum(
                    (tally.in_weeks if weekly else tally.in_months)[number]
                    for tally in group.tallies
                ),
            )
            for number, it in enumerate(calendar.weeks if weekly else calendar.months)
        )

    def _moment(self, at: int | None) -> datetime | None:
        return None if at is None else drawing.moment(at, self.zone)


def _about(now: int, people: int) -> int:
    """Give how many there are now, unless that would tell of the few who have left."""
    return people if is_small(abs(people - now)) else now


def _enrolled(learners: Sequence[Membership], calendar: Calendar) -> list[int]:
    """Count who belonged to a course on each day; nobody twice a day."""
    days_of: dict[str, set[int]] = {}
    comings, goings = [0] * len(calendar.days), [0] * (len(calendar.days) + 1)
    several = {name for name, n in Counter(it.username for it in learners).items() if n > 1}
    last_day = len(calendar.days) - 1
    for it in learners:
        first = calendar.day_at(microseconds(it.started_at))
        last = last_day if it.ended_at is None else calendar.day_at(microseconds(it.ended_at))
        if it.username in several:
            days_of.setdefault(it.username, set()).update(range(first, last + 1))
        else:
            comings[first] += 1
            goings[last + 1] += 1
    there = list(accumulate(come - go for come, go in zip(comings, goings, strict=False)))
    for days in days_of.values():
        for day in days:
            there[day] += 1
    return there


def _starts(hours: Sequence[StartHour]) -> Starts | None:
    if not hours:
        return None
    counts = together(it.counts for it in hours)
    return Starts(
        started=counts.started,
        failed=counts.failed,
        median_seconds=counts.percentile_seconds(50),
        p95_seconds=counts.percentile_seconds(95),
    )
