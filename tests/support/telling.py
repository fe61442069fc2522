"""A term's worth of trouble in memory: jobs that run, what they meet, and who is told of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from courseops.actions.jobs.telling import TellPorts, keep_alerts, tell
from courseops.adapters.memory.ambient import FixedClock, MemoryLocks
from courseops.adapters.memory.notices import MemoryNotifier
from courseops.model.jobs.job import Job
from courseops.model.jobs.owed import Rules
from courseops.model.jobs.quiet import Peace
from courseops.model.jobs.slot import Slot
from courseops.model.notice import Matter, Stage
from courseops.model.run import Ending, Outcome, Run, ending_of
from courseops.ports.ambient import Locks
from courseops.ports.notices import Notifier
from tests.support.store import MemoryStore

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NIGHT = (time(20), time(7))

BACKUP = Job(name="nightly-backup", description="", action="backup")
DRILL = Job(name="restore-drill", description="", action="backup-drill")
SAMPLE = Job(name="usage-sample", description="", action="usage-sample")
SYNC = Job(name="roster-sync", description="", action="roster-sync")
COLLECT = Job(name="collect", description="", action="assignment-collect")

HUB_DOWN = "hub/campus unreachable"


def done(place: str) -> Outcome:
    return Outcome.done(place)


def failed(place: str, kind: str = "error", reason: str = "it broke") -> Outcome:
    return Outcome.failed(place, reason, kind=kind, mend="mend it")


def down(place: str) -> Outcome:
    return failed(place, HUB_DOWN, "hub campus does not answer")


@dataclass
class Desk:
    """A site where jobs end as a test says, and people who can be told by `ways`."""

    ways: Mapping[str, Notifier] = field(default_factory=lambda: {"mail": MemoryNotifier()})
    jobs: tuple[Job, ...] = (BACKUP, DRILL, SAMPLE, SYNC, COLLECT)
    hours: tuple[time, time] | None = None
    reminder_days: frozenset[str] = frozenset({"mon", "thu"})
    store: Any = field(default_factory=MemoryStore)
    alerts: Any = None
    clock: FixedClock = field(default_factory=lambda: FixedClock(MONDAY))
    locks: Locks = field(default_factory=MemoryLocks)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def ports(self) -> TellPorts:
        peace = Peace(zone=UTC, hours=self.hours, reminder_days=self.reminder_days)
        jobs = {job.name: job for job in self.jobs}
        return TellPorts(
            alerts=self.alerts or self.store.alerts,
            runs=self.store.runs,
            slots=self.store.slots,
            plans=self.store.plans,
            locks=self.locks,
            clock=self.clock,
            ways=lambda: self.ways,
            rules=Rules(ways=tuple(self.ways), jobs=jobs, peace=peace),
            site="École du Lac",
            scope_of=_scope_of,
        )

    def run(
        self,
        job: Job,
        *outcomes: Outcome,
        ending: Ending | None = None,
        error: str = "",
        about: str = "",
        by_hand: bool = False,
        cancelled: bool = False,
    ) -> Run:
        """Have a job end so, and keep what it met."""
        self.clock.advance(timedelta(seconds=1))
        now = self.clock.now()
        run_id = f"run{next(self.numbers)}"
        slot = Slot(due_at=now, job=job.name, about=about, by_hand=run_id if by_hand else "")
        run = Run(
            id=run_id,
            action=job.action,
            scope=job.scope,
            actor="daemon",
            started_at=now,
            job=job.name,
        )
        assert self.store.slots.claim(slot, run, "me", now + HOUR)
        if cancelled:
            self.store.slots.cancel(run_id, "ada")
        self.store.runs.note(run_id, outcomes)
        self.store.slots.finish(run_id, "me", ending or ending_of(outcomes), now, error)
        keep_alerts(self.ports, job, run_id)
        return run

    def told(self, after: timedelta = timedelta(minutes=1)) -> dict[str, list[Matter]]:
        """Tell what there is to tell a while later; give what each way of memory was told."""
        self.clock.advance(after)
        before = {name: len(way.told) for name, way in self._doubles().items()}
        tell(self.ports)
        return {
            name: [matter for notice in way.told[before[name] :] for matter in notice.matters]
            for name, way in self._doubles().items()
            if len(way.told) > before[name]
        }

    def said(self, after: timedelta = timedelta(minutes=1)) -> list[tuple[Stage, str, str]]:
        """Tell, and give what mail said: the stage, where, and what."""
        return [
            (it.stage, ", ".join(it.scopes), it.what) for it in self.told(after).get("mail", ())
        ]

    def messages(self) -> int:
        """Count all that mail ever said."""
        return len(self._doubles()["mail"].told)

    def _doubles(self) -> dict[str, MemoryNotifier]:
        return {name: way for name, way in self.ways.items() if isinstance(way, MemoryNotifier)}


def _scope_of(job: Job, place: str) -> str:
    on_hubs = job.action.startswith(("backup", "usage"))
    return f"{'hub' if on_hubs else 'course'}/{place}"
