"""`courseops report …`: what was used, for people and for programs."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from courseops.actions.reports import usage_report
from courseops.cli.frame import Document, Frame, command, spell_document
from courseops.errors import CourseOpsError
from courseops.model.usage import Window
from courseops.model.usage_report import UsageReport
from courseops.wiring.reports import report_request

USUAL_LENGTH = timedelta(days=28)
_FORMATS = ("text", "html", "csv", "json")
_ENDINGS = {".html": "html", ".htm": "html", ".csv": "csv", ".json": "json"}
_DOCUMENT = Document("usage-report", UsageReport)


@click.group()
def report() -> None:
    """Report what was used: hours, people, peaks, assignments."""


@command(report, "usage", document=_DOCUMENT)
@click.argument("about", metavar="[HUB|COURSE]", default="")
@click.option("--since", metavar="TIME", help="2026-03-02 or 2026-03-02T14:00; else 28 days back.")
@click.option("--until", metavar="TIME", help="A day is meant to its end; else now.")
@click.option(
    "--format", "kind", type=click.Choice(_FORMATS), help="Else by the file's ending, or text."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of the terminal.",
)
def usage(
    frame: Frame,
    about: str,
    since: str | None,
    until: str | None,
    kind: str | None,
    output: Path | None,
) -> None:
    """
    Report what was used on a hub, in a course, or everywhere.

    Rests on the samples that the job `usage-sample` takes; asks no hub. Names no learner.
    """
    site = frame.site
    window = _window(since, until, site.journal.clock.now(), ZoneInfo(site.config.site.time_zone))
    made = usage_report(
        report_request(site, about, window), site.store.usage, site.store.enrolments, site.journal
    )
    ending = _ENDINGS.get(output.suffix.lower(), "text") if output else "text"
    text = _spelled(made, "json" if frame.as_json else kind or ending)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)


def _window(since: str | None, until: str | None, now: datetime, zone: tzinfo) -> Window:
    end = _moment(until, zone, time.max) if until else now
    begin = _moment(since, zone, time.min) if since else end - USUAL_LENGTH
    if begin >= end:
        raise click.UsageError("--since must be before --until.")
    return Window(since=begin, until=end)


def _moment(text: str, zone: tzinfo, time_of_a_day: time) -> datetime:
    """Read a day, or a day and time; in the school's zone unless it names another."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(
            f"{text} is no time; write 2026-03-02 or 2026-03-02T14:00."
        ) from error
    if len(text) == len("2026-03-02"):
        moment = datetime.combine(moment.date(), time_of_a_day)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _spelled(made: UsageReport, kind: str) -> str:
    from courseops.adapters import usage_page  # noqa: PLC0415 -- Jinja only where it is used

    if kind == "json":
        return spell_document(_DOCUMENT, made) + "\n"
    return {"html": usage_page.as_html, "csv": usage_page.as_csv}.get(kind, usage_page.as_text)(
        made
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CourseOpsError(
            f"cannot write {path}: {error.strerror}", hint="name another file with --output"
        ) from error
    click.echo(f"wrote {path}", err=True)
