"""*Usage*: how a course, or the hub, is used, and what it will need; on the page or as a file."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from http import HTTPStatus
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from courseops.actions.usage.reporting import named_report, usage_report
from courseops.adapters.documents import spell
from courseops.adapters.pages import usage as pages
from courseops.errors import RefusedError
from courseops.model.language import Language
from courseops.model.moment import parse_moment
from courseops.model.usage.report import UsageReport
from courseops.model.usage.seen import Window
from courseops.web.asked import Asked, Door, staff
from courseops.wiring.reports import DOCUMENT, DOCUMENT_VERSION, report_request

_USUAL_LENGTH = timedelta(days=28)
_COURSE = "course:"
_HUB = "hub"

Spell = Callable[[UsageReport, Language], str | bytes]
_KINDS: Mapping[str, tuple[str, Spell]] = {
    "html": ("text/html", pages.as_html),
    "csv": ("text/csv", lambda made, _: pages.as_csv(made)),
    "json": (
        "application/json",
        lambda made, _: spell(f"courseops/{DOCUMENT}", DOCUMENT_VERSION, made) + "\n",
    ),
    "pdf": ("application/pdf", pages.as_pdf),
}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """
    What report is wanted: `about` the hub, or a course of it ("course:python101").

    `since` and `until` are as the address says them, days of the school; `names` only where who
    asks teaches the course.
    """

    about: str
    since: str
    until: str
    names: bool

    @property
    def course(self) -> str:
        """Name the course; empty for the hub."""
        return self.about.removeprefix(_COURSE) if self.about.startswith(_COURSE) else ""

    def address(self, path: str) -> str:
        """Give the address of the same report at another of its doors."""
        asked = {"about": self.about, "since": self.since, "until": self.until}
        named = {"names": "1"} if self.names else {}
        return f"{path}?{urlencode({k: v for k, v in asked.items() if v} | named)}"


def usage(asked: Asked) -> Response:
    """Show a report."""
    choices = _choices(asked)
    wish = _wish(asked, choices)
    made = _report(asked, wish)
    kinds = [it for it in _KINDS if it != "pdf" or importlib.util.find_spec("weasyprint")]
    return asked.show(
        "usage.html",
        choices=choices,
        wish=wish,
        may_name=bool(wish.course) and asked.rights.may_teach(wish.course),
        downloads={it: wish.address(f"/usage/report.{it}") for it in kinds},
        first_day=made.since.date(),
        last_day=made.until.date(),
        **pages.parts(made, asked.language),
    )


def download(asked: Asked) -> Response:
    """Give a report as a file."""
    kind = asked.parts["kind"]
    if kind not in _KINDS:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    wish = _wish(asked, _choices(asked))
    media_type, spelled = _KINDS[kind]
    made = _report(asked, wish)
    name = f"usage-{wish.course or asked.hub}-{made.since:%Y-%m-%d}.{kind}"
    return Response(
        spelled(made, asked.language),
        media_type=media_type,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )


def _choices(asked: Asked) -> dict[str, str]:
    """Give what there are reports about for them, with its title: the hub first."""
    seen = asked.page.courses if asked.rights.operates else sorted(asked.rights.courses)
    # A report is asked for by one name; what a hub is called is never taken for a course.
    courses = {
        f"{_COURSE}{it}": asked.site.course_section(it).title or it
        for it in seen
        if it not in asked.page.config.hubs
    }
    return ({_HUB: asked.hub} if asked.rights.operates else {}) | courses


def _wish(asked: Asked, choices: Mapping[str, str]) -> Wish:
    about = asked.query("about") or next(iter(choices), "")
    if about not in choices:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    names = bool(asked.query("names"))
    wish = Wish(about=about, since=asked.query("since"), until=asked.query("until"), names=names)
    if names and not (wish.course and asked.rights.may_teach(wish.course)):
        raise HTTPException(HTTPStatus.FORBIDDEN, "names are for the course's own teachers")
    return wish


def _report(asked: Asked, wish: Wish) -> UsageReport:
    site = asked.site
    request = report_request(
        site, wish.course or asked.hub, _window(asked, wish), language=asked.language
    )
    report_on = named_report if wish.names else usage_report
    return report_on(request, site.store.usage, site.store.enrolments, site.journal)


def _window(asked: Asked, wish: Wish) -> Window:
    """
    Read the days.

    Raises:
        RefusedError: they are none, or the wrong way round.
    """
    now = asked.site.journal.clock.now()
    until = _moment(asked, wish.until, time.max) or now
    since = _moment(asked, wish.since, time.min) or until - _USUAL_LENGTH
    if since >= until:
        raise RefusedError("a report must begin before it ends")
    return Window(since=since, until=until)


def _moment(asked: Asked, text: str, of_a_day: time) -> datetime | None:
    try:
        return parse_moment(text, asked.site.time_zone, of_a_day=of_a_day) if text else None
    except ValueError as error:
        raise RefusedError(str(error)) from error


DOORS = (
    Door(path="/usage", answer=usage, may=staff),
    Door(path="/usage/report.{kind}", answer=download, may=staff),
)
