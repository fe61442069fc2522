"""A believable month on two hubs, the same every time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

from courseops.actions.journal import Journal
from courseops.actions.usage.reporting import ReportedCourse, ReportRequest, usage_report
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.memory.usage import MemoryUsage
from courseops.model.backups.freshness import Freshness
from courseops.model.hub import HubUser, RunningServer
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.usage.report import AssignmentProgress, UsageReport
from courseops.model.usage.seen import HomeSize, Sample, Window
from courseops.model.usage.starts import StartCounts
from tests.support.journal import memory_journal

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLASSES = {
    "python101": ("Python for beginners", "campus", 84),
    "stats2": ("Statistik für Große", "campus", 41),
    "bio": ("Biology <lab>", "lab", 23),
}


def journal(at: datetime) -> Journal:
    return memory_journal(FixedClock(at))


def month_report(
    *, title: str = "All hubs", hubs: tuple[str, ...] = ("campus", "lab"), days: int = 28
) -> UsageReport:
    """Report on a month; without hubs on the first course alone."""
    courses = [ReportedCourse(course_id=c, title=t, hub=h) for c, (t, h, _) in CLASSES.items()]
    request = ReportRequest(
        site="École du Lac",
        title=title,
        window=Window(since=MONDAY, until=MONDAY + days * DAY),
        zone=ZoneInfo("Europe/Paris"),
        hubs=hubs,
        courses=[it for it in courses if it.hub in hubs] if hubs else courses[:1],
        progress={
            "python101": (
                progress("hw1-variables", 84, 82, 79, 79, 79),
                progress("hw2-loops", 84, 79, 70, 65, 0),
                progress("hw3-functions", 84, 46, 3, 0, 0),
            ),
            "bio": (progress("lab <1>", 23, 23, 18, 4, 0),),
        },
        backups=[backups_of(hub) for hub in hubs],
    )
    return usage_report(request, seen_in(days), enrolled(), journal(MONDAY + days * DAY))


def progress(
    name: str, learners: int, fetched: int | None, submitted: int, graded: int, returned: int
) -> AssignmentProgress:
    return AssignmentProgress(
        name=name,
        learners=learners,
        fetched=fetched,
        submitted=submitted,
        graded=graded,
        returned=returned,
        not_submitted=learners - submitted,
    )


def backups_of(hub: str) -> Freshness:
    """Give a hub whose backups were never proven, except the campus's."""
    proven = MONDAY + 6 * DAY if hub == "campus" else None
    return Freshness(
        hub=hub,
        at=MONDAY + 7 * DAY,
        homes=91,
        oldest_at=MONDAY,
        stale=("ada-the-learner",),
        drilled_at=proven,
        drill=None,
    )


def enrolled() -> MemoryEnrolments:
    enrolments = MemoryEnrolments()
    for course_id, (_, _, size) in CLASSES.items():
        for number in range(size):
            name = f"{course_id}-{number}"
            enrolments.enrol(
                course_id, [Enrolment(person=Person(id=name, username=name))], MONDAY - DAY
            )
        teacher = Person(id=f"{course_id}-prof", username=f"{course_id}-prof")
        enrolments.enrol(course_id, [Enrolment(person=teacher, role=Role.INSTRUCTOR)], MONDAY - DAY)
    return enrolments


def seen_in(days: int) -> MemoryUsage:
    chance, usage = random.Random(7), MemoryUsage()
    names = [f"{course}-{n}" for course, (_, _, size) in CLASSES.items() for n in range(size)]
    for week in range(3):
        usage.note_sizes(
            [
                HomeSize(
                    hub="campus",
                    username=name,
                    at=MONDAY + week * 7 * DAY,
                    size_bytes=20_000_000 + (7_000_000 + 600_000 * week) * number,
                    files=12,
                )
                for number, name in enumerate(names[:100])
            ]
        )
    for day in range(days):
        counts = StartCounts(started=45, failed=day % 9 == 0, waits={5.0: 30, 10.0: 14, inf: 1})
        usage.add_starts("campus", MONDAY + day * DAY + 10 * HOUR, counts)
    for hub in ("campus", "lab"):
        sessions = list(_sessions(hub, days, chance))
        for step in range(days * 96):
            now = MONDAY + step * timedelta(minutes=15)
            if DAY * 9.1 < now - MONDAY < DAY * 10.4:
                continue  # courseops was down
            running = [server for server, end in sessions if server.started_at <= now < end]
            users = [HubUser(name=server.username, last_activity_at=now) for server in running]
            ok = not (hub == "lab" and chance.random() < 0.002)
            accounts = sum(size + 1 for _, h, size in CLASSES.values() if h == hub)
            sample = Sample(hub=hub, taken_at=now, running=len(running), accounts=accounts, ok=ok)
            usage.add_sample(sample, running if ok else (), users if ok else ())
    return usage


def _sessions(hub: str, days: int, chance: random.Random):
    for course_id, (_, where, size) in CLASSES.items():
        for day in range(days if where == hub else 0):
            busy = 0.12 if day % 7 > 4 else 0.45
            for number in range(size):
                if chance.random() < busy * (1 - number / size / 1.3):
                    hour = min(max(chance.gauss(14, 3.2), 7), 22)
                    start = MONDAY + day * DAY + timedelta(hours=hour)
                    lasts = timedelta(hours=min(chance.expovariate(0.7) + 0.2, 6))
                    name = f"{course_id}-{number}"
                    yield RunningServer(username=name, server="", started_at=start), start + lasts
