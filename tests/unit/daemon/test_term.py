"""A whole term on a clock of our own: what is due runs at its second, and what was missed after."""

import dataclasses
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from courseops.actions.jobs.ports import JobPorts
from courseops.adapters.memory.ambient import FixedClock, MemoryLocks
from courseops.adapters.memory.jobs import MemorySlots
from courseops.adapters.memory.runner import MemoryRunner
from courseops.adapters.memory.store import MemoryRuns
from courseops.adapters.times.schedules import Schedules
from courseops.daemon.daemon import Daemon, Duties
from courseops.jobfile import load_jobs
from courseops.model.jobs.calendar import Dates
from courseops.model.jobs.job import Job
from courseops.model.run import Ending, Run
from courseops.resources import shipped
from courseops.wiring.jobs import ACTIONS

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
WEEKS = 15
# At which hour of people's own clocks, and on which days, what is shipped is due.
DAILY = {
    "roster-sync": time(5, 0),
    "nightly-backup": time(2, 30),
    "restore-drill": time(7, 30),
    "housekeeping": time(3, 15),
}
WEEKLY = {
    "weekly-check": (6, time(4, 0)),
    "weekly-prune": (6, time(6, 0)),
    "weekly-usage-report": (0, time(6, 0)),
}


class Term:
    """The shipped jobs of a school in `zone`, at work from `begin` on, while somebody is there."""

    def __init__(self, zone: str, begin: datetime, jobs: dict[str, Job]) -> None:
        self.zone = ZoneInfo(zone)
        self.begin = begin
        self.clock = FixedClock(begin)
        self.runs = MemoryRuns()
        self.slots = MemorySlots(self.runs)
        self.calendar = [self._dates(week) for week in range(WEEKS)]
        self.jobs = jobs
        self._begin_daemon()

    def _dates(self, week: int) -> Dates:
        """Give an assignment that goes out on Monday and is due a week later; one has longer."""
        monday = (self.begin + week * 7 * DAY).astimezone(self.zone).date()
        due = self.at(monday + 7 * DAY, time(23, 59))
        return Dates(
            course_id="py",
            name=f"hw{week}",
            release_at=self.at(monday, time(8, 0)),
            until=due,
            own={"ada": due + 2 * DAY},
        )

    def at(self, day: date, hour: time) -> datetime:
        """Give a moment of people's clocks; where there is none such, that right after the gap."""
        moment = datetime.combine(day, hour, tzinfo=self.zone).astimezone(UTC)
        if moment.astimezone(self.zone).time() == hour:
            return moment
        # Such gaps end on the hour, and Python looks as far beyond as it was asked for before.
        return moment - timedelta(minutes=hour.minute)

    def _begin_daemon(self) -> None:
        ports = JobPorts(
            slots=self.slots,
            runs=self.runs,
            locks=MemoryLocks(),
            clock=self.clock,
            lease_seconds=60,
            stop=lambda: None,
        )
        duties = Duties(
            jobs=self.jobs,
            ports=ports,
            times=Schedules(str(self.zone), lambda _: self.calendar),
            at_once=2,
            actor="daemon",
        )
        self.daemon = Daemon(duties, MemoryRunner(carry=self._end_at_once))
        self.daemon.beat()

    def _end_at_once(self, _job: Job, run: Run, owner: str) -> None:
        assert self.slots.finish(run.id, owner, Ending.DONE, self.clock.now())

    def until(self, end: datetime) -> None:
        """Let time pass with the daemon at work: it beats whenever something is due, and later."""
        while self.clock.now() < end:
            now = self.clock.now()
            coming = self.daemon.standing().coming.values()
            due = min((at for at in coming if at is not None and at > now), default=now + HOUR)
            self.clock.advance(min(due, end) - now)
            self.settle()

    def settle(self) -> None:
        """Beat until nothing waits any more, in no time."""
        while True:
            self.daemon.beat()
            if not self.daemon.standing().waiting:
                self.daemon.beat()
                return

    def down(self, period: timedelta) -> None:
        """Let time pass without a daemon, and start one."""
        self.clock.advance(period)
        self._begin_daemon()
        self.settle()

    def ran(self, name: str) -> list[Run]:
        runs = [it for it in self.runs.recent(limit=100_000) if it.job == name]
        return sorted(runs, key=lambda it: (it.started_at, it.due_at, it.about))

    def due(self, name: str) -> list[datetime]:
        return [it.due_at for it in self.ran(name)]

    def days(self, end: datetime) -> list[date]:
        first = self.begin.astimezone(self.zone).date()
        return [first + n * DAY for n in range((end - self.begin).days + 2)]

    def expected(self, hour: time, end: datetime, weekday: int | None = None) -> list[datetime]:
        moments = [self.at(day, hour) for day in self.days(end) if weekday in (None, day.weekday())]
        return [it for it in moments if self.begin < it <= end]


@pytest.fixture(scope="session")
def jobs(tmp_path_factory):
    """Give the shipped jobs; one that runs 30,000 times a term is made to run every hour."""
    own = tmp_path_factory.mktemp("jobs")
    text = (shipped("jobs") / "usage-sample.toml").read_text()
    (own / "usage-sample.toml").write_text(text.replace("every_minutes = 5", "every_minutes = 60"))
    return load_jobs(shipped("jobs"), own, actions=ACTIONS)


def monday(zone: str, year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 6, 0, tzinfo=ZoneInfo(zone)).astimezone(UTC)


TERMS = [
    pytest.param("Europe/Paris", (2026, 3, 2), id="spring, the clocks go forward"),
    pytest.param("Europe/Paris", (2026, 9, 14), id="autumn, the clocks go back"),
    pytest.param("Africa/Casablanca", (2026, 2, 2), id="Ramadan, back and forward in one term"),
]


@pytest.mark.parametrize(("zone", "begin"), TERMS)
def test_a_term_runs_what_is_due_at_its_second_and_once_through_changes_of_the_clocks(
    zone, begin, jobs
):
    term = Term(zone, monday(zone, *begin), jobs)
    end = term.begin + WEEKS * 7 * DAY
    term.until(end)

    for name, hour in DAILY.items():
        assert term.due(name) == term.expected(hour, end), name
    for name, (weekday, hour) in WEEKLY.items():
        assert term.due(name) == term.expected(hour, end, weekday), name
    hours = range(1, WEEKS * 7 * 24 + 1)
    assert term.due("usage-sample") == [term.begin + it * HOUR for it in hours]
    assert term.due("autograde-new") == [term.begin + it * HOUR - 30 * MINUTE for it in hours]
    assert [it.due_at for it in term.ran("home-drill")] == [
        it for it in term.expected(time(8, 0), end) if it.astimezone(term.zone).day == 1
    ]
    by_calendar(term, end)
    late = [it for it in term.runs.recent(limit=100_000) if it.started_at != it.due_at]
    assert late == []
    assert all(
        it.attempt == 1 and it.ending is Ending.DONE for it in term.runs.recent(limit=100_000)
    )


def by_calendar(term: Term, end: datetime) -> None:
    """Look whether every assignment went out, and every deadline was acted on."""
    released = [(it.release_at, it.about) for it in term.calendar]
    assert [(it.due_at, it.about) for it in term.ran("release-on-time")] == released
    due = sorted(
        moment
        for it in term.calendar
        for moment in ((it.until, it.about), (it.own["ada"], f"{it.about}/ada"))
        if moment[0] + 10 * MINUTE <= end
    )
    assert [(it.due_at, it.about) for it in term.ran("deadline-snapshot")] == due
    collected = [(it.due_at - 10 * MINUTE, it.about) for it in term.ran("collect-at-deadline")]
    assert collected == due


def test_after_two_days_without_a_daemon_each_job_catches_up_as_it_says(jobs):
    each = {"roster-sync": dataclasses.replace(jobs["roster-sync"], catch_up="each")}
    term = Term("Europe/Paris", monday("Europe/Paris", 2026, 3, 2), jobs | each)
    left = term.begin + 3 * DAY
    term.until(left)
    before = {it.id for it in term.runs.recent(limit=100_000)}

    # From Thursday to Tuesday: a release and a deadline are missed, too.
    term.down(5 * DAY)

    caught = [it for it in term.runs.recent(limit=100_000) if it.id not in before]
    now = term.clock.now()
    by_job = {name: [it.due_at for it in term.ran(name) if it.id not in before] for name in jobs}
    assert all(it.started_at == now for it in caught)
    assert by_job["usage-sample"] == [now]
    assert by_job["roster-sync"] == [it for it in term.expected(time(5, 0), now) if it > left]
    for name in ("nightly-backup", "restore-drill", "housekeeping"):
        assert by_job[name] == [term.expected(DAILY[name], now)[-1]], name
    assert by_job["weekly-check"] == [term.expected(time(4, 0), now, 6)[-1]]
    assert by_job["home-drill"] == []
    assert sorted((it.job, it.about) for it in caught if it.about) == [
        ("collect-at-deadline", "py/hw0"),
        ("deadline-snapshot", "py/hw0"),
        ("release-on-time", "py/hw1"),
    ]


def test_what_was_due_before_a_job_was_first_heard_of_is_nobodys_omission(jobs):
    term = Term("Europe/Paris", monday("Europe/Paris", 2026, 3, 2) + 30 * DAY, jobs)
    term.calendar = [
        dataclasses.replace(it, release_at=it.release_at - 60 * DAY) for it in term.calendar[:3]
    ]
    term.settle()
    assert term.runs.recent() == []


def test_a_release_that_is_put_in_the_calendar_late_goes_out_at_once(jobs):
    term = Term("Europe/Paris", monday("Europe/Paris", 2026, 3, 2), jobs)
    term.until(term.begin + DAY)
    # Another was released since.
    late = Dates(course_id="py", name="late", release_at=term.begin + HOUR)
    term.calendar.append(late)
    term.until(term.clock.now() + 2 * MINUTE)
    assert "py/late" in {it.about for it in term.ran("release-on-time")}


def test_a_deadline_that_is_moved_is_acted_on_at_its_new_moment(jobs):
    term = Term("Europe/Paris", monday("Europe/Paris", 2026, 3, 2), jobs)
    first = term.calendar[0]
    term.until(first.until - HOUR)
    moved = dataclasses.replace(first, until=first.until + 3 * HOUR, own={})
    term.calendar[0] = moved
    term.until(moved.until + HOUR)
    found = [it.due_at for it in term.ran("deadline-snapshot") if it.about == "py/hw0"]
    assert found == [moved.until]


def test_a_clock_that_is_set_back_runs_nothing_twice_and_silences_nothing(jobs):
    term = Term("Europe/Paris", monday("Europe/Paris", 2026, 3, 2), jobs)
    term.until(term.begin + 2 * DAY)
    ran = len(term.runs.recent(limit=100_000))
    term.clock.advance(-6 * HOUR)
    term.settle()
    assert len(term.runs.recent(limit=100_000)) == ran
    term.until(term.begin + 4 * DAY)
    for name in ("nightly-backup", "restore-drill", "roster-sync"):
        assert term.due(name) == term.expected(DAILY[name], term.begin + 4 * DAY), name
