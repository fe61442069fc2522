"""A term of known truth: who worked when, to the second, and a hub that lets itself be looked at.

Each learner is in a class that meets three times a week for ninety minutes, and works at home
besides; some only look in for a minute or two. Whoever is in class opens a server in its first
minutes. Numbers are those of courses on real hubs: 28.8 sessions a learner in 14 weeks, of
ninety minutes on the average, six of a hundred shorter than five minutes.
"""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from courseops.model.hub import ActiveUsers, HubUser, RunningServer

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_CLASS_SIZE = 50
_MEETINGS = ((0, 9), (0, 14), (1, 9), (1, 14), (2, 9), (2, 14), (3, 9), (3, 14), (4, 9), (4, 14))
_BRIEF = 0.06


@dataclass(frozen=True, kw_only=True)
class Worked:
    """One session as it truly was."""

    username: str
    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        return (self.end - self.start) / HOUR


class Term:
    """What everybody did in so many weeks."""

    def __init__(self, learners: int, weeks: int, *, seed: int = 7) -> None:
        # Who works into the night after the last day still belongs to the term.
        self.until = FIRST + (weeks * 7 + 1) * DAY
        self.learners = [f"learner{number}" for number in range(learners)]
        chance = random.Random(seed)
        found = [
            it
            for number, name in enumerate(self.learners)
            for it in _apart(name, sorted(_wishes(number // _CLASS_SIZE, weeks, chance)))
        ]
        self.worked = sorted(found, key=lambda it: it.start)

    @property
    def hours(self) -> float:
        return sum(it.hours for it in self.worked)

    def hours_of_each(self) -> dict[str, float]:
        hours: dict[str, float] = dict.fromkeys(self.learners, 0.0)
        for it in self.worked:
            hours[it.username] += it.hours
        return hours

    def peak(self) -> int:
        """Count the most servers that truly ran at once, at any moment."""
        steps = [(it.start, 1) for it in self.worked] + [(it.end, -1) for it in self.worked]
        running = highest = 0
        for _, step in sorted(steps, key=lambda it: (it[0], -it[1])):
            running += step
            highest = max(highest, running)
        return highest

    def people_on_each_day(self) -> dict[date, int]:
        found: defaultdict[date, set[str]] = defaultdict(set)
        for it in self.worked:
            for at in (it.start, it.end):
                found[at.date()].add(it.username)
        return {day: len(names) for day, names in found.items()}


def _wishes(group: int, weeks: int, chance: random.Random) -> Iterator[tuple[datetime, datetime]]:
    """Give when one learner would work: at meetings, at home, and now and then for a moment."""
    meetings = [_MEETINGS[(group + step) % len(_MEETINGS)] for step in (0, 4)]
    for week in range(weeks):
        monday = FIRST + week * 7 * DAY
        for weekday, hour in meetings:
            if chance.random() < 0.7:
                begins = monday + weekday * DAY + hour * HOUR
                start = begins + timedelta(seconds=min(chance.expovariate(1 / 150), 1200))
                yield start, begins + 90 * MINUTE + timedelta(seconds=chance.gauss(0, 240))
        for _ in range(chance.choice((0, 0, 0, 1, 1, 1))):
            start = monday + chance.randrange(7) * DAY + timedelta(hours=chance.gauss(19, 2))
            yield start, start + timedelta(hours=min(max(chance.gauss(1.8, 0.9), 0.1), 5))
        if chance.random() < _BRIEF * 2.1:
            start = monday + chance.random() * 7 * DAY
            yield start, start + timedelta(seconds=chance.uniform(10, 300))


def _apart(name: str, wishes: Sequence[tuple[datetime, datetime]]) -> Iterator[Worked]:
    """Leave out what would begin before the last has ended: a learner has one server."""
    free = FIRST
    for start, end in wishes:
        if start > free and end > start:
            yield Worked(username=name, start=start, end=end)
            free = end + MINUTE


class TermHub:
    """A hub on which a term takes place; it is looked at later and later."""

    name = "campus"

    def __init__(self, term: Term) -> None:
        self._coming = term.worked[::-1]
        self._running: list[tuple[datetime, int, Worked]] = []
        self._last: dict[str, datetime] = {}
        self._accounts = len(term.learners)
        self.now = FIRST

    def running_servers(self) -> list[RunningServer]:
        while self._coming and self._coming[-1].start <= self.now:
            it = self._coming.pop()
            heapq.heappush(self._running, (it.end, len(self._coming), it))
        while self._running and self._running[0][0] <= self.now:
            end, _, it = heapq.heappop(self._running)
            self._last[it.username] = end
        return [
            RunningServer(username=it.username, server="", started_at=it.start)
            for _, _, it in self._running
        ]

    def active_users(self, since: datetime | None) -> ActiveUsers:
        self.running_servers()
        last = {**self._last, **{it.username: self.now for _, _, it in self._running}}
        users = (HubUser(name=name, last_activity_at=at) for name, at in last.items())
        recent = [it for it in users if since is None or (it.last_activity_at or since) >= since]
        return ActiveUsers(accounts=self._accounts, users=tuple(recent))
