"""`courseops report …`: what was used, for people and for programs."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import click

from courseops.actions.usage.reporting import usage_report
from courseops.cli.frame import Document, Frame, command, spell_document
from courseops.cli.root import cli
from courseops.model.usage.report import UsageReport
from courseops.model.usage.seen import Window
from courseops.wiring.reports import report_request

USUAL_LENGTH = timedelta(days=28)
_FORMATS = ("text", "html", "csv", "json")
_ENDINGS = {".html": "html", ".htm": "html", ".csv": "csv", ".json": "json"}
_DOCUMENT = Document("usage-report", UsageReport)


@cli.group()
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
    window = _window(frame, since, until)
    made = usage_report(
        report_request(site, about, window), site.store.usage, site.store.enrolments, site.journal
    )
    ending = _ENDINGS.get(output.suffix.lower(), "text") if output else "text"
    text = _spelled(made, kind or ending)
    if output is not None:
        frame.write_file(output, text)
    if output is None or frame.as_json:
        frame.show(made, lambda _: click.echo(text, nl=False))


def _window(frame: Frame, since: str | None, until: str | None) -> Window:
    now = frame.site.journal.clock.now()
    end = frame.moment(until, "--until", of_a_day=time.max) if until else now
    begin = frame.moment(since, "--since", of_a_day=time.min) if since else end - USUAL_LENGTH
    if begin >= end:
        raise click.UsageError("--since must be before --until.")
    return Window(since=begin, until=end)


def _spelled(made: UsageReport, kind: str) -> str:
    from courseops.adapters.pages import usage as usage_page  # noqa: PLC0415 -- Jinja only where it is used

    if kind == "json":
        return spell_document(_DOCUMENT, made) + "\n"
    return {"html": usage_page.as_html, "csv": usage_page.as_csv}.get(kind, usage_page.as_text)(
        made
    )
