"""*Runs*: what ran, newest first, as far as it concerns whoever looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from courseops.model.run import Ending, Run, Status
from courseops.model.sight import Sight, scopes_of_course, scopes_of_hub
from courseops.web.asked import Asked, Door, staff
from courseops.web.runs.seeing import sight

_A_PAGE = 50
_HUB, _JOBS = "hub", "jobs"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is asked for behind the question mark; each empty for everything."""

    on: str = ""
    state: str = ""
    action: str = ""
    parts: str = ""
    before: str = ""

    def address(self, **other: str) -> str:
        """Give the address of this choice, with something else chosen."""
        chosen = vars(replace(self, **other))
        asked = urlencode({name: value for name, value in chosen.items() if value})
        return f"/runs?{asked}" if asked else "/runs"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One run of the list; without a `tally` there is nothing to count, or nothing to show."""

    run: Run
    tally: Mapping[Status, int]


def runs(asked: Asked) -> Response:
    """List what ran, narrowed to what was asked for."""
    seen = sight(asked)
    choice = Choice(
        on=asked.query("on"),
        state=asked.query("state") if asked.query("state") in set(Ending) else "",
        action=asked.query("action").strip(),
        parts=asked.query("parts"),
        before=asked.query("before"),
    )
    found = asked.site.store.runs.recent(
        action=choice.action,
        endings={Ending(choice.state)} if choice.state else (),
        # Whoever sees no jobs sees what was part of them, or would see nothing.
        within="" if asked.rights.operates and not (choice.parts or choice.on) else None,
        among=_among(asked, seen, choice.on),
        before=_moment(choice.before),
        limit=_A_PAGE + 1,
    )
    shown = found[:_A_PAGE]
    older = choice.address(before=shown[-1].started_at.isoformat()) if found[_A_PAGE:] else ""
    return asked.show(
        "runs/history.html",
        choice=choice,
        lines=_lines(asked, seen, shown),
        older=older,
        courses=_courses(asked),
        endings=list(Ending),
        zone=asked.site.time_zone,
    )


def _lines(asked: Asked, seen: Sight, shown: list[Run]) -> list[Line]:
    counted = {it.id for it in shown if seen.sees_all_of(it)}
    tallies = asked.site.store.runs.tallies(counted)
    return [Line(run=it, tally=tallies.get(it.id, {})) for it in shown]


def _among(asked: Asked, seen: Sight, on: str) -> frozenset[str]:
    """Narrow what they may see to a course, the hub or its jobs."""
    if not on:
        return seen.scopes
    if on in {_HUB, _JOBS} and asked.rights.operates:
        jobs = frozenset(it for it in seen.scopes if it.startswith("job/"))
        return jobs if on == _JOBS else frozenset(scopes_of_hub(asked.hub))
    if on.startswith("course:") and on.removeprefix("course:") in _courses(asked):
        return seen.scopes.intersection(scopes_of_course(on.removeprefix("course:")))
    raise HTTPException(HTTPStatus.NOT_FOUND)


def _courses(asked: Asked) -> Mapping[str, str]:
    """Give the titles of the courses whose runs they may see."""
    shown = asked.page.courses if asked.rights.operates else sorted(asked.rights.courses)
    return {it: asked.site.course_section(it).title or it for it in shown}


def _moment(spelled: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(spelled)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


DOORS = (Door(path="/runs", answer=runs, may=staff),)
