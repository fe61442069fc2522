"""One screen across all hubs: what needs a person, what runs now, what ran, what is next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from courseops.actions.backups.record import BACKUP
from courseops.model.backups.freshness import Freshness, concerns, freshness_of
from courseops.model.finding import Finding, Level
from courseops.model.hub import scope_of
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.alerting import is_held
from courseops.model.jobs.glance import Glance, narrowed
from courseops.model.jobs.job import Severity
from courseops.model.jobs.standing import Standing, obstacles, signs_of_death
from courseops.model.moment import spell_local
from courseops.model.run import Ending, Run
from courseops.model.sight import Sight

if TYPE_CHECKING:
    # The record of everything takes longer to load than to look at.
    from courseops.ports.records import Record

_NEEDS_A_PERSON = {
    Ending.INCOMPLETE: "some items failed",
    Ending.FAILED: "failed",
    Ending.REFUSED: "was refused by a guard",
    Ending.INTERRUPTED: "was interrupted",
}
# What waits for another run begins minutes late, and what nobody takes up never does.
_LATE = timedelta(minutes=15)
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class JobStanding:
    """A job, its newest run, and when it is due next; None where there is none in sight."""

    name: str
    last: Run | None
    next_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """
    What `status` shows, as it was `at` a moment.

    `daemon` is what the daemon of this machine said of itself last, None if none is here; `held`
    are the runs that wait for a person, `underway` those that have not ended; `latest` holds the
    newest run of each action and scope. `backups` has a line for each hub that has a repository.
    """

    at: datetime
    daemon: Standing | None
    needs_a_person: tuple[Finding, ...]
    held: tuple[Run, ...]
    underway: tuple[Run, ...]
    alerts: tuple[Alert, ...]
    backups: tuple[Freshness, ...]
    jobs: tuple[JobStanding, ...]
    latest: tuple[Run, ...]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """
    What a status is about.

    `stale_after` gives the hubs that have a repository, and how old a copy may be there; `daemon`
    is what the daemon of this machine said of itself last, `zone` that in which people here live.
    Whoever may not see everything has a `sight`, and nothing else is told.
    """

    stale_after: Mapping[str, timedelta]
    daemon: Standing | None
    zone: tzinfo
    sight: Sight | None = None


def overview(record: Record, watched: Watched, now: datetime) -> Overview:
    """Sum up where everything stands; changes nothing, and asks nobody but our record."""
    seen = record.glance(BACKUP, {hub: scope_of(hub) for hub in watched.stale_after})
    if watched.sight is not None:
        seen = narrowed(seen, watched.sight)
    backups = tuple(_freshness(seen, hub, after, now) for hub, after in watched.stale_after.items())
    held = _unsettled(seen, Ending.HELD)
    return Overview(
        at=now,
        daemon=watched.daemon,
        needs_a_person=(
            *(_held(run, watched.zone) for run in held),
            *_gathered(
                [
                    *(_alarming(alert) for alert in seen.alerts if not is_held(alert)),
                    *_failed(seen),
                    *_ailing(seen, watched, now),
                    *(finding for found in backups for finding in concerns(found)),
                ]
            ),
        ),
        held=held,
        underway=_unsettled(seen, Ending.RUNNING),
        alerts=seen.alerts,
        backups=backups,
        jobs=_standings(seen, watched.daemon),
        latest=seen.newest,
    )


def _unsettled(seen: Glance, ending: Ending) -> tuple[Run, ...]:
    return tuple(run for run in seen.unsettled if run.ending is ending)


def _freshness(seen: Glance, hub: str, stale_after: timedelta, now: datetime) -> Freshness:
    known = seen.copies[hub]
    return freshness_of(
        hub,
        known.homes,
        {name: at for name, at in known.homes.items() if at is not None},
        known.drills,
        now=now,
        stale_after=stale_after,
    )


def _held(run: Run, zone: tzinfo) -> Finding:
    what = f"{run.action} waits for approval since {spell_local(run.started_at, zone)}"
    return Finding.problem(
        run.scope,
        f"{what}: {run.error}" if run.error else what,
        f"courseops job show {run.id}, then job approve or job reject",
        run=run.id,
    )


def _alarming(alert: Alert) -> Finding:
    make = Finding.problem if alert.severity is Severity.PROBLEM else Finding.warning
    met = f" (met by {alert.runs} runs)" if alert.runs > 1 else ""
    to_do = alert.mend or f"courseops job show {alert.run_id}"
    return make(alert.scope, f"{alert.what}{met}", to_do, run=alert.run_id)


def _failed(seen: Glance) -> Iterator[Finding]:
    """Give the newest runs that did not end well, and of which no alert and no other run tells."""
    places = {place for alert in seen.alerts for place in alert.met}
    worse = [run for run in seen.newest if run.ending in _NEEDS_A_PERSON]
    # A job's run fails because one within it did, and that one says more.
    outer = {run.within for run in (*worse, *seen.unsettled) if run.within}
    for run in worse:
        if run.id not in outer and not any(_is_about(place, run) for place in places):
            yield _failure(run, seen)


def _is_about(place: str, run: Run) -> bool:
    """Say whether an alert that was met there, by a job somewhere, tells of a run."""
    if run.job:
        return f"{place} ".startswith(f"{run.scope} ")
    # A run within a job's has the job for its actor.
    return f"{run.actor} {run.scope}/".startswith(f"{place}/")


def _failure(run: Run, seen: Glance) -> Finding:
    what = f"{run.action} {_NEEDS_A_PERSON[run.ending]}"
    if run.ending is Ending.INCOMPLETE and run.id in seen.failed:
        failed = seen.failed[run.id]
        more = ", …" if failed.count > len(failed.first) else ""
        what = f"{run.action}: {failed.count} failed ({', '.join(failed.first)}{more})"
    elif run.error:
        what += f": {run.error}"
    make = Finding.warning if run.ending is Ending.INCOMPLETE else Finding.problem
    return make(run.scope, what, f"courseops job show {run.id}", run=run.id)


def _standings(seen: Glance, daemon: Standing | None) -> tuple[JobStanding, ...]:
    """Say how the jobs stand that the daemon has; or else those that our record knows."""
    coming = daemon.coming if daemon is not None else dict.fromkeys(seen.known)
    last: dict[str, Run] = {}
    for run in seen.newest:
        last.setdefault(run.job, run)
    return tuple(
        JobStanding(name=name, last=last.get(name), next_at=at)
        for name, at in sorted(coming.items())
    )


def _ailing(seen: Glance, watched: Watched, now: datetime) -> Iterator[Finding]:
    """Give what is wrong with the daemon of this machine itself, and what nobody does therefore."""
    daemon = watched.daemon
    if daemon is None:
        return
    if daemon.ended_at is None:
        for words in obstacles(daemon, now):
            yield Finding.problem("daemon", words, "see its log; or start it: courseops daemon")
    else:
        ended = f"it was stopped at {spell_local(daemon.ended_at, watched.zone)}"
        yield Finding.problem("daemon", f"{ended}: nothing runs by itself", "courseops daemon")
    late = [
        f"{job} at {spell_local(at, watched.zone)}"
        for job, at in sorted(daemon.coming.items())
        if at is not None and _is_late(seen, daemon, job, at, now)
    ]
    if late:
        named = ", ".join(late[:_NAMED]) + (", …" if len(late) > _NAMED else "")
        yield Finding.problem(
            "daemon", f"what was due has not begun: {named}", "courseops job run JOB"
        )


def _is_late(seen: Glance, daemon: Standing, job: str, due_at: datetime, now: datetime) -> bool:
    """Say whether a job's time has gone by, and no daemon has taken it up, here or elsewhere."""
    is_at_work = daemon.ended_at is None and not any(signs_of_death(daemon, now))
    claimed = seen.claimed.get(job)
    return not is_at_work and due_at < now - _LATE and (claimed is None or claimed < due_at)


def _gathered(findings: Iterable[Finding]) -> list[Finding]:
    """Make one of those that say the same of several; problems come first."""
    alike: dict[tuple[Level, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.level, finding.what), []).append(finding)
    gathered = [
        found[0]
        if len(found) == 1
        else replace(found[0], subject=f"{found[0].subject} and {len(found) - 1} more")
        for found in alike.values()
    ]
    return sorted(gathered, key=lambda it: it.level is not Level.PROBLEM)
