"""What earlier runs left behind: who has a home, how old its copy is, what was proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseops.model.backups.freshness import Freshness, freshness_of
from courseops.model.hub import scope_of
from courseops.model.run import TO_THE_END, Outcome, Status

if TYPE_CHECKING:
    # A status asks for the names alone.
    from courseops.actions.backups.ports import BackupRules
    from courseops.actions.journal import Journal
    from courseops.ports.copies import Copies
    from courseops.ports.records import Runs

BACKUP = "backup-run"


def homes_before(runs: Runs, copies: Copies, hub: str) -> dict[str, Outcome]:
    """
    Give how everybody fared in the last run that came to its end, by username.

    Who was skipped has no home. A run that was killed knows of some people only.
    """
    finished = runs.recent(action=BACKUP, scope=scope_of(hub), endings=TO_THE_END, limit=1)
    # Databases have outcomes, too, and are in no shard.
    known = copies.shards(hub)
    return {
        outcome.subject: outcome
        for run in finished
        for outcome in runs.outcomes(run.id)
        if outcome.status is not Status.SKIPPED and outcome.subject in known
    }


def freshness(hub: str, copies: Copies, rules: BackupRules, journal: Journal) -> Freshness:
    """Sum up how old the copies of a hub's homes are, and when a drill last had one back."""
    return freshness_of(
        hub,
        homes_before(journal.runs, copies, hub),
        {it.username: it.at for it in copies.last_good(hub).values()},
        copies.drills(hub),
        now=journal.clock.now(),
        stale_after=rules.stale_after,
    )
