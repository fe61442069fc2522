"""Decide what is told now, by which ways, and put it into a notice: what is new, still so, over.

Everything that is due goes into one notice a way, however much it is. Nobody is told in quiet
hours, except of backups; what a way did not take, it is told again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import groupby
from operator import attrgetter

from courseops.model.jobs.alert import EVERYBODY, Alert
from courseops.model.jobs.alerting import is_held, is_outdated, is_pressing, jobs_of
from courseops.model.jobs.job import Job
from courseops.model.jobs.quiet import Peace
from courseops.model.notice import Event, Matter, Notice, Stage

_OF_A_WAY = "notices/"


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What is to be told of an alert at this moment, and by which ways."""

    alert: Alert
    stage: Stage
    ways: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Who is told what: the ways there are, what each job says of them, and when people rest."""

    ways: tuple[str, ...]
    jobs: Mapping[str, Job]
    peace: Peace

    def owed(self, alerts: Iterable[Alert], now: datetime) -> list[Owed]:
        """Give what is to be told at this moment, in the order of the alerts."""
        found = []
        for alert in alerts:
            stage = self._stage(alert, now)
            ways = self._ways_owed(alert) if stage else ()
            if stage and ways:
                found.append(Owed(alert=alert, stage=stage, ways=ways))
        return found

    def is_settled(self, alert: Alert, now: datetime) -> bool:
        """Say whether nobody has to be told of an alert any more: it is gone, or will never be."""
        is_told = alert.cleared_at is not None and not self._ways_owed(alert)
        return is_told or is_outdated(alert, self.jobs, now)

    def _stage(self, alert: Alert, now: datetime) -> Stage | None:
        pressing = is_pressing(alert, self.jobs)
        if self.peace.is_quiet(now) and not pressing:
            return None
        if alert.cleared_at is not None:
            return Stage.OVER
        if alert.owing:
            return Stage.NEW
        told = alert.told_at
        if told and self.peace.is_reminder_due(told, now, daily=pressing):
            return Stage.STILL
        return None

    def _ways_owed(self, alert: Alert) -> tuple[str, ...]:
        # A reminder is owed to all; who still lacks something, and is gone by now, to none.
        to_all = alert.owing == EVERYBODY or (not alert.owing and alert.cleared_at is None)
        return tuple(way for way in self._wanted(alert) if to_all or way in alert.owing)

    def _wanted(self, alert: Alert) -> list[str]:
        """Name the ways that an alert goes: those of any job that met it, but never its own."""
        met_by = [self.jobs[name] for name in jobs_of(alert) if name in self.jobs]
        named = [job.notify.get(alert.severity, self.ways) for job in met_by] or [self.ways]
        wanted = {way for ways in named for way in ways}
        return [way for way in self.ways if way in wanted and alert.key != key_of_way(way)]


def key_of_way(way: str) -> str:
    """Name the alert that a way to tell people does not work."""
    return f"{_OF_A_WAY}{way}"


def told(alert: Alert, owed: Owed, failed: Collection[str], now: datetime) -> Alert:
    """Give an alert, as it is by now, after it was told by all ways that `owed` names but those."""
    taken = len(failed) < len(owed.ways)
    moment = now if taken else alert.told_at
    if alert.cleared_at != owed.alert.cleared_at:
        # Over, or back, while people were told of what was before.
        return replace(alert, told_at=moment, owing=EVERYBODY)
    return replace(alert, told_at=moment, owing=tuple(failed))


def notice_of(
    owed: Sequence[Owed], site: str, zone: tzinfo, plans: Mapping[str, tuple[str, ...]]
) -> Notice:
    """Put all that is owed to one way into one notice; `plans` gives what a held run would do."""
    matters = [_matter(it, zone, plans.get(it.alert.run_id, ())) for it in owed]
    same = attrgetter("stage", "severity", "jobs", "what", "mend", "run_id")
    matters.sort(key=lambda it: (list(Stage).index(it.stage), same(it)))
    merged = tuple(_merged(list(alike)) for _, alike in groupby(matters, key=same))
    return Notice(
        event=Event.ALERTS,
        site=site,
        scope=merged[0].scopes[0] if len(merged) == 1 else "",
        run_id=merged[0].run_id if len(merged) == 1 else "",
        reasons=tuple(f"{', '.join(it.scopes)}: {it.what}" for it in merged),
        commands=tuple(dict.fromkeys(line for it in merged for line in it.commands)),
        matters=merged,
    )


def _matter(owed: Owed, zone: tzinfo, changes: tuple[str, ...]) -> Matter:
    alert = owed.alert
    return Matter(
        stage=owed.stage,
        severity=alert.severity,
        scopes=(alert.scope,),
        jobs=tuple(jobs_of(alert)),
        what=alert.what,
        mend=alert.mend,
        since=_local(alert.since, zone),
        until=_local(alert.cleared_at, zone) if alert.cleared_at else "",
        run_id=alert.run_id,
        changes=changes,
        commands=_commands(alert) if owed.stage is not Stage.OVER else (),
    )


def _commands(alert: Alert) -> tuple[str, ...]:
    run_id = alert.run_id
    verbs = ("show", "approve", "reject") if is_held(alert) else ("show",)
    return tuple(f"courseops job {verb} {run_id}" for verb in verbs) if run_id else ()


def _merged(alike: Sequence[Matter]) -> Matter:
    scopes = tuple(dict.fromkeys(scope for it in alike for scope in it.scopes))
    return replace(alike[0], scopes=scopes, since=min(it.since for it in alike))


def _local(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat(timespec="minutes")
