"""One screen across all hubs: what needs a person, what runs now, what ran, what is next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from courseops.actions.backups.ports import scope_of
from courseops.actions.backups.record import BACKUP
from courseops.model.backups.freshness import Freshness, concerns, freshness_of
from courseops.model.finding import Finding, Level
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.alerting import is_held
from courseops.model.jobs.glance import Glance
from courseops.model.jobs.job import CatchUp, Job, Severity
from courseops.model.jobs.standing import Standing, obstacles, signs_of_death
from courseops.model.run import Ending, Run
from courseops.ports.jobs import Times
from courseops.ports.records import Record

_NEEDS_A_PERSON = {
    Ending.INCOMPLETE: "some items failed",
    Ending.FAILED: "failed",
    Ending.REFUSED: "was refused by a guard",
    Ending.INTERRUPTED: "was interrupted",
}
# What waits for another run begins minutes late, and what no daemon takes up never does.
_LATE = timedelta(minutes=15)
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class JobStanding:
    """A job, its newest run, and when it is due next; None where there is none in sight."""

    job: Job
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
    """

    jobs: Sequence[Job]
    stale_after: Mapping[str, timedelta]
    daemon: Standing | None
    zone: tzinfo


def overview(record: Record, times: Times, watched: Watched, now: datetime) -> Overview:
    """Sum up where everything stands; changes nothing, and asks nobody but our record."""
    seen = record.glance(BACKUP, {hub: scope_of(hub) for hub in watched.stale_after})
    backups = tuple(_freshness(seen, hub, after, now) for hub, after in watched.stale_after.items())
    held = _unsettled(seen, Ending.HELD)
    standing = watched.daemon
    # What a daemon says that is at work is the truth; else we reckon it ourselves.
    attended = standing is not None and not any(signs_of_death(standing, now))
    coming = standing.coming if standing and attended else _coming(watched.jobs, times, now)
    late = () if attended else _late(seen, times, watched, now)
    return Overview(
        at=now,
        daemon=watched.daemon,
        needs_a_person=tuple(
            _gathered(
                [
                    *(_held(run, watched.zone) for run in held),
                    *(_alarming(alert) for alert in seen.alerts if not is_held(alert)),
                    *_failed(seen),
                    *_ailing(standing, now),
                    *late,
                    *(finding for found in backups for finding in concerns(found)),
                ]
            )
        ),
        held=held,
        underway=_unsettled(seen, Ending.RUNNING),
        alerts=seen.alerts,
        backups=backups,
        jobs=tuple(_standing(job, seen, coming.get(job.name)) for job in watched.jobs),
        latest=seen.newest,
    )


def _unsettled(seen: Glance, ending: Ending) -> tuple[Run, ...]:
    return tuple(run for run in seen.unsettled if run.ending is ending)


def _freshness(seen: Glance, hub: str, stale_after: timedelta, now: datetime) -> Freshness:
    known = seen.copies[hub]
    return freshness_of(
        hub,
        known.homes,
        {name: copy for name, copy in known.homes.items() if copy is not None},
        known.drills,
        now=now,
        stale_after=stale_after,
    )


def _held(run: Run, zone: tzinfo) -> Finding:
    what = f"{run.action} waits for approval since {_spelled(run.started_at, zone)}"
    return Finding.problem(
        run.scope,
        f"{what}: {run.error}" if run.error else what,
        f"courseops job show {run.id}, then job approve or job reject",
    )


def _alarming(alert: Alert) -> Finding:
    make = Finding.problem if alert.severity is Severity.PROBLEM else Finding.warning
    met = f" (met by {alert.runs} runs)" if alert.runs > 1 else ""
    to_do = alert.mend or f"courseops job show {alert.run_id}"
    return make(alert.scope, f"{alert.what}{met}", to_do)


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
        return place.split(" ")[0] == run.scope
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
    return make(run.scope, what, f"courseops job show {run.id}")


def _standing(job: Job, seen: Glance, next_at: datetime | None) -> JobStanding:
    last = next((run for run in seen.newest if run.job == job.name), None)
    return JobStanding(job=job, last=last, next_at=next_at)


def _coming(jobs: Iterable[Job], times: Times, now: datetime) -> dict[str, datetime]:
    """Say when jobs are due next, as far as a clock tells: calendars are not asked for it."""
    slots = (times.next(job, now) for job in jobs if job.at is None)
    return {slot.job: slot.due_at for slot in slots if slot is not None}


def _ailing(daemon: Standing | None, now: datetime) -> Iterator[Finding]:
    """Give what is wrong with the daemon of this machine itself."""
    for words in obstacles(daemon, now) if daemon is not None else ():
        yield Finding.problem("daemon", words, "see its log; start it anew: courseops daemon")


def _late(seen: Glance, times: Times, watched: Watched, now: datetime) -> Iterator[Finding]:
    """Give one finding for all jobs whose time has gone by; none if no daemon ever ran."""
    due = {job.name: _missed_at(job, seen, times, now) for job in watched.jobs}
    late = [f"{name} at {_spelled(at, watched.zone)}" for name, at in due.items() if at]
    if late:
        named = ", ".join(late[:_NAMED]) + (", …" if len(late) > _NAMED else "")
        yield Finding.problem(
            "daemon",
            f"what was due has not begun: {named}",
            "start the daemon (courseops daemon), or run it by hand: courseops job run JOB",
        )


def _missed_at(job: Job, seen: Glance, times: Times, now: datetime) -> datetime | None:
    """Say when a job was due by the clock and nobody took it up; None if nothing is amiss."""
    moments = [it[job.name] for it in (seen.claimed, seen.known) if job.name in it]
    # What may be left out is never late, and what runs may well outlast its next time.
    busy = {run.job for run in seen.unsettled if run.ending is Ending.RUNNING}
    if not moments or job.at or job.catch_up is CatchUp.SKIP or job.name in busy:
        return None
    slot = times.next(job, max(moments))
    return slot.due_at if slot is not None and slot.due_at < now - _LATE else None


def _spelled(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


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
