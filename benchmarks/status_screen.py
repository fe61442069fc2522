"""How long `courseops status` takes for a school of many courses, from start to end.

    python benchmarks/status_screen.py [--courses 50] [--learners 10000] [--days 60] [--folder DIR]

The record is written straight into our database: what every job left each night, the last backup
of everybody, plans that wait, what is wrong; the daemon's word lies beside it. Each figure is the
best of several; beside it stands what Python itself takes to do nothing. Exits with 1 if the bound
is not held.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lesson import folder_for, run
from sheet import Sheet

from courseops.adapters.standing_note import StandingNote
from courseops.adapters.store import Store, open_store_in
from courseops.config.writing import config_text
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.job import Severity
from courseops.model.jobs.slot import Slot
from courseops.model.jobs.standing import Standing
from courseops.model.run import Ending, Outcome, Run

_BOUND_SECONDS = 0.3
_TIMES = 12
_HUBS = ("campus", "lab")
_JOBS = (
    "autograde-new",
    "collect-at-deadline",
    "housekeeping",
    "nightly-backup",
    "release-on-time",
    "restore-drill",
    "roster-sync",
    "usage-sample",
    "weekly-check",
    "weekly-usage-report",
)
_DAY = timedelta(days=1)


class School:
    """A folder with a configuration, a record and the word of a daemon."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"

    def write(self, courses: int, learners: int, days: int) -> None:
        """Write all of it."""
        hub = {"url": "http://127.0.0.1:1", "token": {"env": "NO_TOKEN"}, "homes": "/h/{username}"}
        backup = {"repository": "/nowhere", "password": {"env": "NO_PASSWORD"}}
        hubs = {name: {**hub, "backup": backup} for name in _HUBS}
        names = [f"course{number:02}" for number in range(courses)]
        sections = {it: {"hub": _HUBS[n % 2], "folder": f"/c/{it}"} for n, it in enumerate(names)}
        self.config.write_text(config_text({"state": "state"}, hubs, sections))
        now = datetime.now(UTC)
        with open_store_in(self.folder / "state") as store:
            store.slots.known_since(_JOBS, now - days * _DAY)
            for day in range(days, 0, -1):
                _night(store, now - day * _DAY, names)
            for name in _HUBS:
                _back_up(store, now, name, learners // 2)
            _trouble(store, now, names)
        coming = {job: now + n * timedelta(hours=1) for n, job in enumerate(_JOBS, 1)}
        # A daemon that is at work, for as long as this takes.
        daemon = Standing(beat_at=now + timedelta(hours=1), running=1, coming=coming)
        StandingNote(self.folder / "state/daemon.json").leave(daemon)

    def status(self, *more: str) -> list[str]:
        """Spell the command."""
        return [
            str(Path(sys.executable).parent / "courseops"),
            "status",
            "--config",
            str(self.config),
            *more,
        ]


def _night(store: Store, at: datetime, courses: list[str]) -> None:
    for job in _JOBS:
        slot, outer = Slot(job=job, due_at=at), f"{at:%Y%m%d}-{job}"
        made = Run(id=outer, action=job, scope=f"job/{job}", actor="daemon", started_at=at)
        store.slots.claim(slot, made, "owner", at + _DAY)
        store.slots.finish(outer, "owner", Ending.DONE, at)
    for course in courses:
        inner, outer = f"{at:%Y%m%d}-{course}", f"{at:%Y%m%d}-roster-sync"
        scope = f"course/{course}"
        store.runs.start(
            Run(
                id=inner, action="roster-apply", scope=scope, actor="job/roster-sync",
                started_at=at, within=outer,
            )
        )  # fmt: skip
        store.runs.note(inner, [Outcome.done(f"learner{it}") for it in range(5)])
        store.runs.end(inner, Ending.DONE, at)


def _back_up(store: Store, at: datetime, hub: str, learners: int) -> None:
    people = [f"learner{it:05}" for it in range(learners)]
    store.copies.assign(hub, dict.fromkeys(people, 0))
    started = Run(
        id=f"backup-{hub}", action="backup-run", scope=f"hub/{hub}", actor="x", started_at=at
    )
    store.runs.start(started)
    outcomes = [Outcome.done(it) for it in people[:-20]]
    outcomes += [Outcome.failed(it, "cannot be read") for it in people[-20:]]
    store.runs.note(started.id, outcomes)
    store.runs.end(started.id, Ending.INCOMPLETE, at)
    store.copies.note_good(hub, people[:-20], at, started.id)


def _trouble(store: Store, at: datetime, courses: list[str]) -> None:
    for course in courses[:5]:
        held = Run(
            id=f"held-{course}", action="roster-apply", scope=f"course/{course}", actor="x",
            started_at=at,
        )  # fmt: skip
        store.runs.start(held)
        store.runs.end(held.id, Ending.HELD, at, "12 of 100 would be dropped")
    alert = Alert(
        key="hub/lab unreachable", severity=Severity.PROBLEM, job="usage-sample", scope="hub/lab",
        what="lab does not answer", mend="is it running?", run_id="x", since=at, seen_at=at,
    )  # fmt: skip
    store.alerts.keep([alert])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--courses", type=int, default=50)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--folder", type=Path, help="where the school is, or is to be, kept")
    chosen = parser.parse_args()
    sheet = Sheet()
    with folder_for(chosen.folder) as folder:
        school = School(folder)
        if not school.config.exists():
            school.write(chosen.courses, chosen.learners, chosen.days)
        sheet.title(f"{chosen.courses} courses, {chosen.learners} learners, best of {_TIMES}")
        nothing = min(run([sys.executable, "-c", "pass"], folder).wall for _ in range(_TIMES))
        sheet.note("python -c pass", f"{nothing:.2f} s")
        for more in ((), ("--json",)):
            took = [run(school.status(*more), folder) for _ in range(_TIMES + 1)][1:]
            best = min(took, key=lambda it: it.wall)
            sheet.judge(" ".join(("status", *more)), best.wall, _BOUND_SECONDS, "s")
            sheet.note("  of the processor's time", f"{best.cpu:.2f} s")
    sys.exit(bool(sheet.missed))


if __name__ == "__main__":
    main()
