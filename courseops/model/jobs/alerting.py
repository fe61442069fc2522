"""Make of what a run of a job left what people have to know: what is wrong, and what is over.

What fails for the sake of one outside system is one alert, whatever jobs meet it where; all else
is one a job and place. A trouble is over as soon as anything that met it does well. A plan that
is held is neither met nor over by itself: it waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from courseops.model.jobs.alert import EVERYBODY, NOBODY_YET, Alert, again, gone
from courseops.model.jobs.cause import HELD, INCOMPLETE, LOCKED, PLAN_REFUSED, system_of
from courseops.model.jobs.job import Job, Severity
from courseops.model.run import TO_THE_END, Ending, Outcome, Run, Status, failures

# How the alerts of what ails a daemon itself are called.
OF_THE_DAEMON = "daemon/"
# What may well be gone by the next run, or concerns some people only.
_MAY_WAIT = {INCOMPLETE, LOCKED}
# A deadline passes once; for so long people are reminded of what failed then.
_FOR_A_MOMENT = timedelta(days=14)
# A daemon says each minute what ails it; one of which nothing is heard is no more.
_NO_LONGER_LOOKED_AT = timedelta(days=1)
# There are more of them in "job/x course/python101/hw1", what is about one moment.
_SLASHES = 2


@dataclass(frozen=True, kw_only=True)
class Ran:
    """
    A run of a job that has ended, and what it left.

    The subjects of `outcomes` are scopes ("hub/campus"). `waiting` gives by scope the run whose
    plan waits for a person, if any does.
    """

    job: Job
    run: Run
    outcomes: Sequence[Outcome]
    waiting: Mapping[str, str]

    def place(self, scope: str) -> str:
        """Name the job and where it ran, and of what fell due there, as what met an alert."""
        if scope == self.job.scope:
            return scope
        # What failed for one assignment is not made up by the next.
        about = f"course/{self.run.about}"
        return f"{self.job.scope} {about if about.startswith(f'{scope}/') else scope}"

    def troubles(self) -> list[Outcome]:
        """Give what failed: places, or the run as a whole."""
        failed = failures(self.outcomes)
        ended = {Ending.FAILED, Ending.REFUSED} if not failed else set()
        if self.run.ending in {Ending.INTERRUPTED, *ended}:
            why = self.run.error or f"the run was {self.run.ending}"
            failed.append(Outcome.failed(self.job.scope, why))
        return failed

    def held(self, trouble: Outcome) -> str:
        """Give the run whose plan waits, if that is the trouble; else nothing."""
        # The same plan once more is refused: the run that is held already waits for both.
        is_held = trouble.kind in {HELD, PLAN_REFUSED}
        return self.waiting.get(trouble.subject, "") if is_held else ""

    def saw_well(self, place: str) -> bool:
        """Say whether all is well where an alert was met."""
        if place == self.job.scope:
            return self._reached_its_end
        return any(_holds(done, place) for done in self._places(Status.DONE))

    def saw_other_trouble(self, place: str) -> bool:
        """Say whether something else is wrong there now, or the job no longer goes there."""
        if any(_holds(failed, place) for failed in self._places(Status.FAILED)):
            return True
        is_ours = place.startswith(f"{self.job.scope} ")
        goes_everywhere = self._reached_its_end and not self.run.about
        return is_ours and goes_everywhere and not any(_holds(it, place) for it in self._places())

    @property
    def _reached_its_end(self) -> bool:
        return self.run.ending in TO_THE_END

    def _places(self, *statuses: Status) -> set[str]:
        wanted = statuses or tuple(Status)
        return {self.place(it.subject) for it in self.outcomes if it.status in wanted}


def is_of_backups(job: Job) -> bool:
    """Say whether a job makes, keeps or proves backups: nobody is spared when it fails."""
    return job.action == "deadline-snapshot" or job.action.split("-")[0] == "backup"


def is_pressing(alert: Alert, jobs: Mapping[str, Job]) -> bool:
    """Say whether backups are at stake, so that people are told at whatever hour."""
    # What keeps the daemon from its work keeps it from these, too.
    return alert.key.startswith(OF_THE_DAEMON) or any(
        name in jobs and is_of_backups(jobs[name]) for name in jobs_of(alert)
    )


def jobs_of(alert: Alert) -> list[str]:
    """Name the jobs that met an alert, each once."""
    return list(dict.fromkeys(map(_job_in, alert.met)))


def is_outdated(alert: Alert, jobs: Mapping[str, Job], now: datetime) -> bool:
    """Say whether nobody will ever see an alert gone, and people have had time to do something."""
    unseen = now - alert.seen_at
    if not alert.met:
        return alert.cleared_at is None and unseen > _NO_LONGER_LOOKED_AT
    of_moments = all(place.count("/") > _SLASHES for place in alert.met)
    has_no_job = not any(name in jobs and jobs[name].enabled for name in jobs_of(alert))
    return has_no_job or (of_moments and unseen > _FOR_A_MOMENT)


def is_held(alert: Alert) -> bool:
    """Say whether the alert is a plan that waits for a person."""
    return alert.key.endswith(f" {HELD} {alert.run_id}")


def alerts_after(
    known: Sequence[Alert], ran: Ran, jobs: Mapping[str, Job], now: datetime
) -> list[Alert]:
    """Give the alerts that a run began, met again or saw gone; not those that it left alone."""
    by_key = {alert.key: alert for alert in known}
    met = list(_met(ran, now))
    found = {alert.key: again(by_key.get(alert.key), alert) for alert in met}
    for alert in known:
        if alert.key in found or alert.cleared_at is not None or is_held(alert):
            continue
        if any(map(ran.saw_well, alert.met)):
            found[alert.key] = gone(alert, now)
            found |= {it.key: it for it in _left_behind(alert, ran, jobs, now)}
        elif any(map(ran.saw_other_trouble, alert.met)):
            left = tuple(place for place in alert.met if not ran.saw_other_trouble(place))
            found[alert.key] = replace(alert, met=left) if left else gone(alert, now)
    return list(found.values())


def _met(ran: Ran, now: datetime) -> Iterator[Alert]:
    """Give what a run met, each cause once."""
    causes: dict[str, list[Outcome]] = {}
    for trouble in ran.troubles():
        causes.setdefault(_key(ran, trouble), []).append(trouble)
    for key, same in causes.items():
        first = same[0]
        spared = not is_of_backups(ran.job)
        may_wait = spared and first.kind in _MAY_WAIT
        yield Alert(
            key=key,
            severity=Severity.WARNING if may_wait else Severity.PROBLEM,
            job=ran.job.name,
            scope=system_of(first.kind) or first.subject,
            what=first.reason,
            mend=first.mend,
            run_id=ran.held(first) or ran.run.id,
            since=now,
            seen_at=now,
            met=tuple(ran.place(it.subject) for it in same),
            # Whoever has the lock most likely does the same; the next run will tell.
            owing=NOBODY_YET if spared and first.kind == LOCKED else EVERYBODY,
        )


def _key(ran: Ran, trouble: Outcome) -> str:
    if held := ran.held(trouble):
        # Another plan is another question, even if nobody answered the first.
        return f"{trouble.subject} {HELD} {held}"
    return trouble.kind if system_of(trouble.kind) else ran.place(trouble.subject)


def _left_behind(alert: Alert, ran: Ran, jobs: Mapping[str, Job], now: datetime) -> Iterator[Alert]:
    """Give the backups that failed for the sake of what is gone, and were not made up since."""
    for place in alert.met:
        name = _job_in(place)
        if not ran.saw_well(place) and name in jobs and is_of_backups(jobs[name]):
            yield replace(
                alert,
                key=place,
                job=name,
                scope=place.partition(" ")[2],
                what=f"has not succeeded since: {alert.what}",
                mend=f"courseops job run {name}",
                met=(place,),
                seen_at=now,
                told_at=None,
                owing=EVERYBODY,
            )


def _holds(place: str, other: str) -> bool:
    """Say whether one place is another, or the whole of which that is a part."""
    return other == place or other.startswith(f"{place}/")


def _job_in(place: str) -> str:
    return place.partition(" ")[0].removeprefix("job/")
