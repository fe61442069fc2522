"""One screen across all hubs: what needs a person, what ran, what is next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from courseops.model.backups.freshness import Freshness, concerns
from courseops.model.finding import Finding
from courseops.model.jobs.job import Job
from courseops.model.run import Ending, Run, failures
from courseops.ports.records import Runs

_NEEDS_A_PERSON = {
    Ending.INCOMPLETE: "some items failed",
    Ending.FAILED: "failed",
    Ending.REFUSED: "was refused by a guard",
    Ending.HELD: "waits for approval",
    Ending.INTERRUPTED: "was interrupted",
}


@dataclass(frozen=True, kw_only=True)
class Overview:
    """
    What `status` shows; `latest` holds the newest run of each action and scope.

    `backups` has a line for each hub that has a repository.
    """

    needs_a_person: tuple[Finding, ...]
    backups: tuple[Freshness, ...]
    latest: tuple[Run, ...]
    jobs: tuple[Job, ...]


def overview(runs: Runs, jobs: Iterable[Job], backups: Sequence[Freshness] = ()) -> Overview:
    """Sum up the newest run of each action on each course and hub, and how backups stand."""
    newest = runs.newest()
    stale = (finding for found in backups for finding in concerns(found))
    return Overview(
        needs_a_person=(*_concerns(newest, runs), *stale),
        backups=tuple(backups),
        latest=tuple(newest),
        jobs=tuple(jobs),
    )


def _concerns(newest: Iterable[Run], runs: Runs) -> Iterator[Finding]:
    for run in newest:
        words = _NEEDS_A_PERSON.get(run.ending)
        if words is None:
            continue
        what = f"{run.action} {words}"
        if run.ending is Ending.INCOMPLETE:
            failed = failures(runs.outcomes(run.id))
            what = f"{run.action}: {len(failed)} failed ({', '.join(o.subject for o in failed[:3])}"
            what += ", …)" if len(failed) > 3 else ")"  # noqa: PLR2004  — three fit a line
        elif run.error:
            what += f": {run.error}"
        make = Finding.warning if run.ending is Ending.INCOMPLETE else Finding.problem
        yield make(run.scope, what, _commands(run))


def _commands(run: Run) -> str:
    show = f"courseops job show {run.id}"
    return f"{show}, then job approve or job reject" if run.ending is Ending.HELD else show
