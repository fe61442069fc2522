"""Where a site stands, summed up from what is kept in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from courseops.adapters.memory.copies import MemoryCopies
from courseops.adapters.memory.jobs import MemoryAlerts, MemorySlots
from courseops.adapters.memory.store import MemoryRuns
from courseops.model.jobs.glance import Copies, Failures, Glance
from courseops.model.run import TO_THE_END, Ending, Run, Status, failures

_EVERY = 1_000_000
_NAMED = 3


@dataclass(frozen=True)
class MemoryRecord:
    """Everything that a status shows, in one look."""

    runs: MemoryRuns
    slots: MemorySlots
    alerts: MemoryAlerts
    copies: MemoryCopies

    def glance(self, backup: str, scopes: Mapping[str, str]) -> Glance:
        """Look at everything once."""
        newest = tuple(self.runs.newest())
        every = reversed(self.runs.recent(limit=_EVERY))
        known = self.slots.known
        claimed = self.slots.newest(known.keys())
        return Glance(
            newest=newest,
            unsettled=tuple(it for it in every if it.ending in {Ending.RUNNING, Ending.HELD}),
            failed={it.id: self._failures(it) for it in newest if it.ending is Ending.INCOMPLETE},
            claimed={job: run.due_at for job, run in claimed.items() if run.due_at is not None},
            known=dict(known),
            alerts=tuple(it for it in self.alerts.open() if it.cleared_at is None),
            copies={hub: self._copies(hub, scope, backup) for hub, scope in scopes.items()},
        )

    def _failures(self, run: Run) -> Failures:
        failed = [it.subject for it in failures(self.runs.outcomes(run.id))]
        return Failures(count=len(failed), first=tuple(failed[:_NAMED]))

    def _copies(self, hub: str, scope: str, backup: str) -> Copies:
        finished = self.runs.recent(action=backup, scope=scope, endings=TO_THE_END, limit=1)
        in_shard, good = self.copies.shards(hub), self.copies.last_good(hub)
        return Copies(
            homes={
                it.subject: good[it.subject].at if it.subject in good else None
                for run in finished
                for it in self.runs.outcomes(run.id)
                if it.status is not Status.SKIPPED and it.subject in in_shard
            },
            drills=tuple(self.copies.drills(hub)),
        )
