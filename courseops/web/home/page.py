"""*Home*: what needs whoever looks, by what they are."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from courseops.model.backups.freshness import Freshness
from courseops.model.finding import Finding
from courseops.model.run import Run
from courseops.web.asked import Asked, Door, anyone
from courseops.web.home.own import own_courses, own_files, own_hours
from courseops.web.home.staff import courses_of_staff
from courseops.web.runs.seeing import sight
from courseops.wiring.status import overview_of


@dataclass(frozen=True, kw_only=True)
class HubStanding:
    """How a hub stands, for whoever looks after it; `backups` is None where none are taken."""

    findings: tuple[Finding, ...]
    underway: tuple[Run, ...]
    backups: Freshness | None


def home(asked: Asked) -> Response:
    """Show what waits for the visitor: of their courses, of the hub, of their own work."""
    staffed, own = courses_of_staff(asked), own_courses(asked)
    return asked.show(
        "home.html",
        staffed=staffed,
        standing=_standing(asked) if asked.rights.operates else None,
        own=own,
        hours=own_hours(asked) if own else None,
        files=own_files(asked),
        zone=asked.site.time_zone,
        now=asked.site.journal.clock.now(),
        titles={it: asked.site.course_section(it).title or it for it in asked.page.courses},
    )


def _standing(asked: Asked) -> HubStanding:
    found = overview_of(asked.site, asked.hub, sight(asked))
    return HubStanding(
        findings=found.needs_a_person,
        underway=tuple(run for run in found.underway if not run.within),
        backups=next(iter(found.backups), None),
    )


DOORS = (Door(path="/", answer=home, may=anyone),)
