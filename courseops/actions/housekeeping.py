"""Keep every table and folder of ours from growing without end.

What a dispute may need stays for more than a year, and what the law may ask for, who was erased
and when, for good. What was collected and graded, and who was in which course, is the school's
own and no by-product: it is never touched here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from courseops.actions.journal import Journal
from courseops.actions.leaving.erasing import ERASE
from courseops.actions.leaving.leavers import OFFBOARD_APPLY
from courseops.actions.people.forgetting import FORGET
from courseops.actions.people.pseudonyms import Pseudonyms, drop_old_keys
from courseops.errors import CourseOpsError, LockedError
from courseops.model.keeping import LEAST, Spans
from courseops.model.run import Ending, Outcome
from courseops.ports.keeping import Attic, Sheds

HOUSEKEEPING = "housekeeping"

# By these, erasing finds what is left of somebody, years later, and it is proven that it was done.
_FOR_GOOD = (ERASE, OFFBOARD_APPLY, FORGET)
# A plan that no run carries out was only looked at; a day later it counts no more.
_PLANS_LAST = timedelta(days=7)
# Nothing works on a file for so long without having touched it.
_LEFT_BEHIND = timedelta(days=2)
_MANY = 1_000_000


@dataclass(frozen=True, kw_only=True)
class HousekeepingPorts:
    """
    What there is to keep in order; `courses` are those of the configuration.

    `keep_figures` counts what is to be known for good of what was seen, and says how much it did.
    `pseudonyms` have keys, which go when what could be listed with them is gone.
    """

    attic: Attic
    sheds: Sheds
    courses: Collection[str]
    keep_figures: Callable[[], str]
    pseudonyms: Pseudonyms | None = None


@dataclass(frozen=True, kw_only=True)
class HouseKept:
    """What was let go of: an outcome for each table and folder."""

    run_id: str
    outcomes: tuple[Outcome, ...]


def keep_house(ports: HousekeepingPorts, journal: Journal, spans: Spans) -> HouseKept:
    """
    Let go of what is older than `spans` say; the trouble of one place never stops the others.

    Raises:
        CourseOpsError: a span is so short that jobs would lose sight of what they did.
    """
    _insist_on_length(spans)
    with journal.run(HOUSEKEEPING, "site") as entry:
        for subject, clear in _chores(ports, journal, spans, entry.run.started_at).items():
            entry.note(_outcome(subject, clear))
    return HouseKept(run_id=entry.run.id, outcomes=tuple(entry.outcomes))


def _insist_on_length(spans: Spans) -> None:
    if min(spans.uneventful, spans.runs) < LEAST:
        raise CourseOpsError(
            f"runs must be kept for {LEAST.days} days at least",
            hint="what was missed is looked for as far back as that",
        )


def _chores(
    ports: HousekeepingPorts, journal: Journal, spans: Spans, now: datetime
) -> dict[str, Callable[[], str]]:
    """Give what there is to do, by what it is about; each frees the way for the next."""
    attic, sheds = ports.attic, ports.sheds
    uneventful, old = now - spans.uneventful, now - spans.runs
    left, seen = now - _LEFT_BEHIND, now - spans.usage
    return {
        "runs left open": lambda: _settle_abandoned(journal, left),
        "outcomes": lambda: _rows(attic.drop_outcomes(uneventful)),
        "runs without event": lambda: _rows(attic.drop_uneventful(uneventful)),
        "runs": lambda: _rows(attic.drop_runs(old, sparing=_FOR_GOOD, courses=ports.courses)),
        "plans": lambda: _rows(attic.drop_plans(now - _PLANS_LAST)),
        "alerts": lambda: _rows(attic.drop_alerts(uneventful)),
        "usage": lambda: _drop_usage(ports, seen),
        "keys of pseudonyms": lambda: _keys(ports, seen, now),
        "logs": lambda: sheds.clear_logs(now - spans.logs),
        "reports": lambda: sheds.clear_reports(seen),
        "staging": lambda: sheds.clear_staging(left),
        "locks": lambda: sheds.clear_locks(now - spans.logs),
    }


def _keys(ports: HousekeepingPorts, before: datetime, now: datetime) -> str:
    names = ports.pseudonyms
    return f"{drop_old_keys(names, before, now) if names else 0} destroyed"


def _settle_abandoned(journal: Journal, before: datetime) -> str:
    """End runs whose processes died, on scopes on which nothing was begun since."""
    settled = 0
    for run in journal.runs.recent(endings={Ending.RUNNING}, limit=_MANY):
        # Those of jobs are claimed, and whoever watches over claims ends them.
        if run.started_at < before and not run.job:
            settled += _settle(journal, run.scope)
    return f"{settled} settled"


def _settle(journal: Journal, scope: str) -> int:
    try:
        return journal.settle_abandoned(scope)
    except LockedError:
        return 0


def _drop_usage(ports: HousekeepingPorts, before: datetime) -> str:
    """Drop what was seen before; where its figures cannot be kept, nothing is dropped."""
    kept = ports.keep_figures()
    return f"{_rows(ports.attic.drop_usage(before))}, {kept}"


def _rows(count: int) -> str:
    return f"{count} rows dropped"


def _outcome(subject: str, clear: Callable[[], str]) -> Outcome:
    try:
        return Outcome.done(subject, clear())
    except CourseOpsError as error:
        return Outcome.failed(subject, str(error), mend=error.hint)
