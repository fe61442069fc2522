"""What running jobs by themselves needs, kept in memory: slots that are claimed, and alerts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from courseops.adapters.memory.store import MemoryRuns
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.slot import Slot, run_in
from courseops.model.run import Ending, Run


@dataclass
class _Claim:
    run_id: str
    owner: str
    until: datetime
    cancelled_by: str = ""


class MemorySlots:
    """Slots that the threads of one process claim, with their runs in `runs`."""

    def __init__(self, runs: MemoryRuns) -> None:
        self._runs = runs
        self._claims: dict[str, dict[str, _Claim]] = {}
        self._by_run: dict[str, _Claim] = {}
        self._maybe_open: dict[str, _Claim] = {}
        self._newest: dict[str, Run] = {}
        self._since: dict[str, datetime] = {}
        self._alone = Lock()

    def claim(self, slot: Slot, run: Run, owner: str, until: datetime) -> Run | None:
        """Claim a slot that nobody has, or whose owner let its lease run out, until `until`."""
        with self._alone:
            of_job = self._claims.setdefault(slot.job, {})
            held = of_job.get(slot.key)
            if held is None:
                run = run_in(slot, run)
                self._runs.start(run)
                held = _Claim(run.id, owner, until)
                of_job[slot.key] = self._by_run[run.id] = self._maybe_open[run.id] = held
                self._keep_newest(run)
                return run
            if not self._is_open(held) or held.until >= run.started_at:
                return None
            held.owner, held.until = owner, until
            return self._runs.begin_again(held.run_id)

    def renew(self, run_id: str, owner: str, until: datetime) -> bool:
        """Hold on to a claim until a later moment; False if it belongs to somebody else by now."""
        with self._alone:
            held = self._owned(run_id, owner)
            if held is None:
                return False
            held.until = until
            return True

    def finish(
        self, run_id: str, owner: str, ending: Ending, at: datetime, error: str = ""
    ) -> bool:
        """End a claimed run; False, and nothing changes, if it is no longer the owner's."""
        with self._alone:
            if self._owned(run_id, owner) is None:
                return False
            self._runs.end(run_id, ending, at, error)
            return True

    def cancel(self, run_id: str, actor: str) -> bool:
        """Ask that a job's run under way be stopped; False if there is none such."""
        with self._alone:
            held = self._claim_of(run_id)
            if held is None or not self._is_open(held):
                return False
            held.cancelled_by = held.cancelled_by or actor
            return True

    def cancelled_by(self, run_id: str) -> str:
        """Say who asked that a run be stopped; empty if nobody did."""
        held = self._claim_of(run_id)
        return "" if held is None else held.cancelled_by

    def underway(self) -> list[Run]:
        """List the job runs that have not ended, oldest first."""
        return self._in_order(self._open())

    def abandoned(self, now: datetime) -> list[Run]:
        """List the job runs that have not ended and whose lease has run out, oldest first."""
        return self._in_order(it for it in self._open() if it.until < now)

    def newest(self, jobs: Collection[str]) -> dict[str, Run]:
        """Give the run of each job's latest slot, by the job's name; what ran by hand is none."""
        found = {job: self._newest[job] for job in jobs if job in self._newest}
        return {job: self._runs.get(run.id) or run for job, run in found.items()}

    def claimed(self, job: str, since: datetime) -> set[str]:
        """Give the keys of a job's slots from `since` on that were ever claimed."""
        return {
            key
            for key, held in self._claims.get(job, {}).items()
            if (due_at := self._run(held).due_at) is not None and due_at >= since
        }

    @property
    def known(self) -> Mapping[str, datetime]:
        """Give since when each job is known that was ever heard of."""
        return self._since

    def known_since(self, jobs: Collection[str], now: datetime) -> dict[str, datetime]:
        """Say since when each job is known, by its name; one first heard of is known from `now`."""
        return {job: self._since.setdefault(job, now) for job in jobs}

    def _run(self, held: _Claim) -> Run:
        run = self._runs.get(held.run_id)
        assert run is not None
        return run

    def _is_open(self, held: _Claim) -> bool:
        return self._run(held).ending is Ending.RUNNING

    def _claim_of(self, run_id: str) -> _Claim | None:
        return self._by_run.get(run_id)

    def _open(self) -> list[_Claim]:
        """Give the claims of runs that have not ended; what has is never looked at again."""
        found = {it: held for it, held in self._maybe_open.items() if self._is_open(held)}
        self._maybe_open = found
        return list(found.values())

    def _keep_newest(self, run: Run) -> None:
        known = self._newest.get(run.job)
        if run.due_at is not None and (
            known is None or known.due_at is None or known.due_at <= run.due_at
        ):
            self._newest[run.job] = run

    def _owned(self, run_id: str, owner: str) -> _Claim | None:
        held = self._claim_of(run_id)
        mine = held is not None and held.owner == owner and self._is_open(held)
        return held if mine else None

    def _in_order(self, claims: Iterable[_Claim]) -> list[Run]:
        return sorted(map(self._run, claims), key=lambda run: run.started_at)


class MemoryAlerts:
    """What is wrong at present, in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, Alert] = {}

    def open(self) -> list[Alert]:
        """List what is wrong, and what is gone but was not yet said to be, oldest first."""
        return sorted(self._kept.values(), key=lambda alert: (alert.since, alert.key))

    def keep(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts, each instead of the one with its key."""
        self._kept.update((alert.key, alert) for alert in alerts)

    def forget(self, keys: Collection[str]) -> None:
        """Forget alerts that are gone, and of which nobody has to be told any more."""
        for key in keys:
            self._kept.pop(key, None)
