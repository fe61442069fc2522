"""What our record says at one moment: of what ran, what runs, and what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from courseops.model.backups.copies import Drill
from courseops.model.jobs.alert import Alert
from courseops.model.run import Run
from courseops.model.sight import Sight


@dataclass(frozen=True, kw_only=True)
class Failures:
    """How many items of a run failed, and the first of them."""

    count: int
    first: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Copies:
    """
    What is known of a hub's copies.

    `homes` gives the moment of the last good copy of everybody whom the last finished backup found
    to have a home, None for who never had one; `drills` are the newest first.
    """

    homes: Mapping[str, datetime | None]
    drills: tuple[Drill, ...]


@dataclass(frozen=True, kw_only=True)
class Glance:
    """
    Our record, as it was when somebody looked.

    `newest` is the run of each action on each scope that was begun last, the last one first;
    `unsettled` are the runs that are under way or held, oldest first; `failed` tells of the
    failures of those of `newest` that left any. `claimed` gives the moment of each job's latest
    slot, and `known` since when each job is known to a daemon; `alerts` is what is wrong and has
    not gone; `copies` tells of the hubs that were asked for.
    """

    newest: tuple[Run, ...] = ()
    unsettled: tuple[Run, ...] = ()
    failed: Mapping[str, Failures]
    claimed: Mapping[str, datetime]
    known: Mapping[str, datetime]
    alerts: tuple[Alert, ...] = ()
    copies: Mapping[str, Copies]


def narrowed(glance: Glance, sight: Sight) -> Glance:
    """
    Leave out what somebody may not see: runs and alerts of other hubs and courses.

    An alert of something that several hubs share is told where all who met it may be seen.
    """
    return replace(
        glance,
        newest=tuple(run for run in glance.newest if sight.sees_all_of(run)),
        unsettled=tuple(run for run in glance.unsettled if sight.sees(run)),
        claimed={job: at for job, at in glance.claimed.items() if sight.covers(f"job/{job}")},
        known={job: at for job, at in glance.known.items() if sight.covers(f"job/{job}")},
        alerts=tuple(alert for alert in glance.alerts if _is_for(alert, sight)),
    )


def _is_for(alert: Alert, sight: Sight) -> bool:
    met = [place.partition(" ")[2] for place in alert.met]
    if sight.sees_the_site:
        return True
    return sight.covers(alert.scope) if not any(met) else all(map(sight.covers, met))
