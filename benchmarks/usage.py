"""How long a report on a year of a large school takes, and how large our database is then.

    python benchmarks/usage.py [--learners 10000] [--courses 20] [--folder DIR] [--figures]

A year of samples every five minutes (105 120 of them), of some sixty sessions a learner, of each
learner's last activity of each day and of homes that grow is written straight into our database;
everybody is in two courses. Then `courseops report usage` reports on all of it, as text, as one
HTML file, on one course, and on the hub as if it had no courses. With --figures, what housekeeping
counts for good of the year is counted too, as if it had not been done night by night. Exits with 1
if a bound is not held.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lesson import folder_for, run
from sheet import Sheet
from sqlalchemy import insert

from courseops.adapters.history import DATABASE
from courseops.adapters.store import Store, open_store_in, tables
from courseops.config.writing import config_text
from courseops.model.hub import HubUser
from courseops.model.microseconds import microseconds
from courseops.model.roster import Enrolment, Person
from courseops.model.usage.seen import HomeSize, Sample, Session

_BOUND_SECONDS = 5.0
_BOUND_MEGABYTES = 300.0
_TIMES = 3
_HUB = "campus"
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_DAY, _PERIOD = timedelta(days=1), timedelta(minutes=5)
_DAYS = 365
# 28.8 sessions a learner in a term of 14 weeks, and two terms a year.
_SESSIONS = 60.0
_WORKDAYS = 5
_TERMS = (*range(12, 110), *range(250, 348))


class Year:
    """A folder with a configuration and a record of a year."""

    def __init__(self, folder: Path, learners: int, courses: int) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.without_courses = folder / "hub.toml"
        self.learners = [f"learner{number:05}" for number in range(learners)]
        self.courses = [f"course{number:02}" for number in range(courses)]
        self.sessions = 0

    def write(self) -> None:
        """Write all of it, the same every time."""
        hub = {"url": "http://127.0.0.1:1", "token": {"env": "NO_TOKEN"}}
        sections = {it: {"hub": _HUB, "title": it.title()} for it in self.courses}
        settings = {"state": "state", "time_zone": "Europe/Paris"}
        self.config.write_text(config_text(settings, {_HUB: hub}, sections))
        self.without_courses.write_text(config_text(settings, {_HUB: hub}, {}))
        with open_store_in(self.folder / "state") as store:
            self._enrol(store)
            _look(store)
            chance = random.Random(7)
            for day in range(_DAYS):
                self._live(store, _FIRST + day * _DAY, day in _TERMS, chance)

    def _enrol(self, store: Store) -> None:
        for number, course in enumerate(self.courses):
            members = [
                Enrolment(person=Person(id=name, username=name))
                for place, name in enumerate(self.learners)
                if number in (place % len(self.courses), (place * 7 + 3) % len(self.courses))
            ]
            store.enrolments.enrol(course, members, _FIRST)

    def _live(self, store: Store, day: datetime, is_term: bool, chance: random.Random) -> None:
        sessions = list(self._sessions(day, is_term, chance))
        self.sessions += len(sessions)
        store.usage.add_sessions(sessions)
        active = {it.username: it.last_seen_at for it in sessions}
        # Some only look at the hub's page.
        active |= dict.fromkeys(chance.sample(self.learners, len(active) // 20), day)
        users = [HubUser(name=name, last_activity_at=at) for name, at in active.items()]
        read_at = day + _DAY - timedelta(seconds=30)
        asked = Sample(hub=_HUB, taken_at=read_at, accounts=len(self.learners))
        store.usage.add_sample(asked, (), users)
        store.usage.note_sizes(
            [
                HomeSize(
                    hub=_HUB, username=name, at=read_at,
                    size_bytes=chance.randrange(10**7, 10**9), files=chance.randrange(500),
                )
                for name in active
            ]
        )  # fmt: skip

    def _sessions(self, day: datetime, is_term: bool, chance: random.Random) -> Iterator[Session]:
        rate = _SESSIONS / len(_TERMS) if is_term and day.weekday() < _WORKDAYS else 0.02
        rate *= 7 / _WORKDAYS if is_term else 1
        for name in self.learners:
            if chance.random() < rate:
                hours = min(max(chance.gauss(13, 3), 6), 21)
                start = day + timedelta(hours=hours)
                lasts = timedelta(hours=min(chance.expovariate(0.7) + 0.02, 9))
                yield Session(
                    hub=_HUB, username=name, server="", started_at=start, last_seen_at=start + lasts
                )

    def report(self, *more: str) -> list[str]:
        """Spell the command for a report on the whole year."""
        return self._report(self.config, *more)

    def report_of_the_hub(self) -> list[str]:
        """Spell the command for a report on the hub, as if it had no courses."""
        return self._report(self.without_courses)

    def _report(self, config: Path, *more: str) -> list[str]:
        program = str(Path(sys.executable).parent / "courseops")
        times = ["--since", "2026-01-01", "--until", "2026-12-31"]
        return [program, "report", "usage", "--config", str(config), *times, *more]

    @property
    def megabytes(self) -> float:
        """Say how large the database is."""
        return (self.folder / "state" / DATABASE).stat().st_size / 1e6


def _look(store: Store) -> None:
    """Write a year of samples; in one night and on a weekend courseops was down."""
    times = (_FIRST + number * _PERIOD for number in range(_DAYS * 288))
    rows = [
        {"hub": _HUB, "taken_us": microseconds(at), "running": 100, "accounts": None, "ok": True}
        for at in times
        if not _FIRST + 100 * _DAY < at < _FIRST + 102.3 * _DAY
    ]
    with store.usage._database.writing() as connection:
        connection.execute(insert(tables.samples), rows)


def _count_figures(year: Year) -> list[str]:
    """Spell the command that lets housekeeping count."""
    program = str(Path(sys.executable).parent / "courseops")
    return [program, "job", "run", "housekeeping", "--config", str(year.config)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--courses", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="where the year is, or is to be, kept")
    parser.add_argument("--figures", action="store_true")
    chosen = parser.parse_args()
    sheet = Sheet()
    with folder_for(chosen.folder) as folder:
        year = Year(folder, chosen.learners, chosen.courses)
        if not year.config.exists():
            year.write()
            sheet.note("sessions written", f"{year.sessions}")
        sheet.title(f"{chosen.learners} learners, {chosen.courses} courses, best of {_TIMES}")
        sheet.judge("database", year.megabytes, _BOUND_MEGABYTES, " MB")
        asked = {
            "report usage, hub alone": year.report_of_the_hub(),
            "report usage": year.report(),
            "report usage --format html": year.report("--format", "html"),
            f"report usage {year.courses[0]}": year.report(year.courses[0]),
        }
        for name, command in asked.items():
            best = min((run(command, folder) for _ in range(_TIMES)), key=lambda it: it.wall)
            sheet.judge(name, best.wall, _BOUND_SECONDS, " s")
            sheet.note("  of the processor's time", f"{best.cpu:.2f} s")
        if chosen.figures:
            counting = run(_count_figures(year), folder)
            sheet.note("all figures of the year, counted at once", f"{counting.wall:.1f} s")
            sheet.judge("database, with them", year.megabytes, _BOUND_MEGABYTES, " MB")
    sys.exit(bool(sheet.missed))


if __name__ == "__main__":
    main()
