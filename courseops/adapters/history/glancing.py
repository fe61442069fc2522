"""Read all that a status shows out of our database, whoever asks it: SQLAlchemy or nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from courseops.adapters.history import statements
from courseops.adapters.history.spelling import lines_from, moment_from, name_from
from courseops.adapters.history.versions import Ask
from courseops.model.backups.copies import Drill
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.glance import Copies, Failures, Glance
from courseops.model.jobs.job import Severity
from courseops.model.run import Ending, Run

_RUN_NAMES = [field.name for field in fields(Run)]
_ALERT_NAMES = [field.name for field in fields(Alert)]
_DRILL_NAMES = [field.name for field in fields(Drill)]
_RUN_MOMENTS = ("started_at", "ended_at", "due_at")
_ALERT_MOMENTS = ("since", "seen_at", "told_at", "cleared_at")
_NAMED = 3
_DRILLS = 100


def glance(ask: Ask, backup: str, scopes: Mapping[str, str]) -> Glance:
    """Look at everything once, as the port says; `ask` must see one unchanging state."""
    newest = tuple(map(_run, ask(*statements.newest_runs())))
    known = list(ask(*statements.known_jobs()))
    incomplete = [run.id for run in newest if run.ending is Ending.INCOMPLETE]
    return Glance(
        newest=newest,
        unsettled=tuple(map(_run, ask(*statements.unsettled_runs()))),
        failed=_failures(ask, incomplete),
        claimed=_moments(known, "claimed"),
        known=_moments(known, "since"),
        alerts=tuple(map(_alert, ask(*statements.open_alerts()))),
        copies={hub: _copies(ask, hub, scope, backup) for hub, scope in scopes.items()},
    )


def _failures(ask: Ask, run_ids: Collection[str]) -> dict[str, Failures]:
    counts: dict[str, int] = {}
    named: dict[str, list[str]] = {}
    for row in ask(*statements.first_failures(run_ids, _NAMED)):
        counts[row["run_id"]] = row["failed"]
        named.setdefault(row["run_id"], []).append(row["subject"])
    return {it: Failures(count=count, first=tuple(named[it])) for it, count in counts.items()}


def _copies(ask: Ask, hub: str, scope: str, backup: str) -> Copies:
    # Nearly all copies are of a few moments: those of the last runs.
    read = cache(moment_from)
    homes = {
        row["username"]: None if row["at"] is None else read(row["at"])
        for row in ask(*statements.last_copies(hub, scope, backup))
    }
    drills = map(_drill, ask(*statements.latest_drills(hub, _DRILLS)))
    return Copies(homes=homes, drills=tuple(drills))


def _run(row: Any) -> Run:
    return Run(**_values(row, _RUN_NAMES, _RUN_MOMENTS) | {"ending": Ending(row["ending"])})


def _alert(row: Any) -> Alert:
    lines = {name: lines_from(row[name]) for name in ("met", "owing")}
    severity = Severity(row["severity"])
    return Alert(**_values(row, _ALERT_NAMES, _ALERT_MOMENTS) | lines | {"severity": severity})


def _drill(row: Any) -> Drill:
    return Drill(**_values(row, _DRILL_NAMES, ("at",)) | {"path": name_from(row["path"])})


def _values(row: Any, names: Iterable[str], moments: Iterable[str]) -> dict[str, Any]:
    values = {name: row[name] for name in names}
    return values | {name: moment_from(it) for name in moments if (it := values[name]) is not None}


def _moments(rows: Iterable[Any], moment: str) -> dict[str, datetime]:
    return {row["name"]: moment_from(row[moment]) for row in rows if row[moment] is not None}
