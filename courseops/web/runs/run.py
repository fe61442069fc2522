"""One run: how it went for whom, what it changed, what was said meanwhile; and stopping it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from courseops.actions.jobs.claiming import cancel_run
from courseops.model.printable import printable
from courseops.model.run import AuditRecord, Ending, Outcome, Run, Status, covers
from courseops.model.sight import Sight
from courseops.web.asked import Asked, Door, operators, staff
from courseops.web.runs.seeing import run_asked_for, sight
from courseops.wiring.daemon import job_ports, run_log

# Whoever has nothing to complain of is only counted, beyond so many.
_OUTCOMES, _RECORDS, _LOG_LINES, _PARTS = 500, 300, 300, 200
_LINES_UNDERWAY = 15
_WORST_FIRST = (Status.FAILED, Status.SKIPPED, Status.DONE)
# What each line of a log has, and what its beginning or the page says anyhow.
_SAID_ELSEWHERE = frozenset({"event", "level", "timestamp", "run", "job", "within"})


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One line of what was said; `level` is the log's own word for how bad it is."""

    at: datetime | None
    level: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """
    One run with all it left, as far as whoever looks may see it.

    `whole` says that nothing is kept from them; `outcomes` are the worst first, and `audit` and
    `log` only the last of what there is: `left_out` counts what is not shown, by their names.
    """

    run: Run
    whole: bool
    tally: Mapping[Status, int]
    outcomes: Sequence[Outcome] = ()
    audit: Sequence[AuditRecord] = ()
    parts: Sequence[Run] = ()
    log: Sequence[LogLine] = ()
    left_out: Mapping[str, int]
    cancelled_by: str = ""


def run(asked: Asked) -> Response:
    """Show a run."""
    seen = sight(asked)
    found = run_asked_for(asked, seen)
    return asked.show(
        "runs/run.html",
        told=_told(asked, seen, found),
        outer=_outer(asked, seen, found),
        may_stop=_may_stop(asked, seen, found),
        **_words(asked),
    )


def progress(asked: Asked) -> Response:
    """Give the part of a run's page that changes; when the run is over, have the page anew."""
    seen = sight(asked)
    found = run_asked_for(asked, seen)
    shown = asked.show("runs/progress.html", told=_underway(asked, seen, found), **_words(asked))
    if found.ending is not Ending.RUNNING:
        shown.headers["HX-Refresh"] = "true"
    return shown


def ask_to_stop(asked: Asked) -> Response:
    """Say what stopping a run means, before it is done."""
    return asked.show("runs/stop.html", run=_stoppable(asked), **_words(asked))


def stop(asked: Asked) -> Response:
    """Have a job's run stopped, with all that it started."""
    _stoppable(asked)
    site = asked.site
    whole = cancel_run(job_ports(site), asked.parts["run"], site.journal.actor)
    return asked.go(f"/runs/{whole.id}")


def _words(asked: Asked) -> dict[str, Any]:
    titles = {
        it: section.title or it
        for it, section in asked.page.config.courses.items()
        if section.hub == asked.hub
    }
    return {"courses": titles, "zone": asked.site.time_zone}


def _told(asked: Asked, seen: Sight, found: Run) -> Told:
    if found.ending is Ending.RUNNING:
        return _underway(asked, seen, found)
    store = asked.site.store.runs
    whole = seen.sees_all_of(found)
    outcomes = [it for it in store.outcomes(found.id) if whole or it.subject in seen.here]
    outcomes.sort(key=lambda it: _WORST_FIRST.index(it.status))
    audit = store.audit_of(found.id) if whole else []
    log = _log(asked, seen, found)
    return Told(
        run=found,
        whole=whole,
        tally=Counter(it.status for it in outcomes),
        outcomes=outcomes[:_OUTCOMES],
        audit=audit[-_RECORDS:],
        parts=_parts(asked, seen, found),
        log=log[-_LOG_LINES:],
        left_out={
            "outcomes": len(outcomes[_OUTCOMES:]),
            "audit": len(audit[:-_RECORDS]),
            "log": len(log[:-_LOG_LINES]),
        },
    )


def _underway(asked: Asked, seen: Sight, found: Run) -> Told:
    store = asked.site.store
    whole = seen.sees_all_of(found)
    is_job = bool(found.job) and found.ending is Ending.RUNNING
    return Told(
        run=found,
        whole=whole,
        tally=store.runs.tallies([found.id]).get(found.id, {}) if whole else {},
        parts=_parts(asked, seen, found),
        log=_log(asked, seen, found)[-_LINES_UNDERWAY:],
        left_out={"outcomes": 0, "audit": 0, "log": 0},
        cancelled_by=store.slots.cancelled_by(found.id) if is_job else "",
    )


def _parts(asked: Asked, seen: Sight, found: Run) -> list[Run]:
    parts = asked.site.store.runs.recent(within=found.id, among=seen.scopes, limit=_PARTS)
    return parts[::-1]


def _outer(asked: Asked, seen: Sight, found: Run) -> Run | None:
    """Give the job's run that a run was part of, if they may see it."""
    outer = asked.site.store.runs.get(found.within) if found.within else None
    return outer if outer is not None and seen.sees(outer) else None


def _log(asked: Asked, seen: Sight, found: Run) -> list[LogLine]:
    """Give what was said during a job's run, or during what was part of one."""
    zone = asked.site.time_zone
    if found.job:
        whole = seen.sees_all_of(found)
        lines = run_log(asked.site, found.id).lines()
        return [
            _line(it, zone)
            for it in lines
            if whole or covers(seen.scopes - {found.scope}, str(it.get("scope", "")))
        ]
    if found.within:
        lines = run_log(asked.site, found.within).lines()
        return [_line(it, zone) for it in lines if it.get("run") == found.id]
    return []


def _line(said: Mapping[str, Any], zone: tzinfo) -> LogLine:
    more = " ".join(f"{name}={it}" for name, it in said.items() if name not in _SAID_ELSEWHERE)
    try:
        at = datetime.fromisoformat(str(said.get("timestamp"))).astimezone(zone)
    except ValueError:
        at = None
    words = printable(f"{said.get('event', '')} {more}".strip(), lines=True)
    return LogLine(at=at, level=str(said.get("level", "")), words=words)


def _may_stop(asked: Asked, seen: Sight, found: Run) -> bool:
    """Say whether they look after the hub, and the run is a job's that concerns nobody else."""
    if not asked.rights.operates or found.ending is not Ending.RUNNING:
        return False
    outer = asked.site.store.runs.get(found.within) if found.within else found
    return outer is not None and bool(outer.job) and seen.sees_all_of(outer)


def _stoppable(asked: Asked) -> Run:
    seen = sight(asked)
    found = run_asked_for(asked, seen)
    if not _may_stop(asked, seen, found):
        raise HTTPException(
            HTTPStatus.CONFLICT, "this run is over, or it is not for you to stop it"
        )
    return found


DOORS = (
    Door(path="/runs/{run}", answer=run, may=staff),
    Door(path="/runs/{run}/progress", answer=progress, may=staff, is_piece=True),
    Door(path="/runs/{run}/stop", answer=ask_to_stop, may=operators),
    Door(path="/runs/{run}/stop", answer=stop, may=operators, method="POST"),
)
