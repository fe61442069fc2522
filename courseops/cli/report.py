"""`courseops report …`: what was used, for people and for programs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import get_args

import click

from courseops.actions.usage.reporting import named_report, usage_report
from courseops.cli.frame import Document, Frame, command, spell_document
from courseops.cli.root import cli
from courseops.model.language import Language
from courseops.model.usage.forecast import USUAL, Assumptions
from courseops.model.usage.report import UsageReport
from courseops.model.usage.seen import Window
from courseops.wiring.reports import DOCUMENT, DOCUMENT_VERSION, report_request

USUAL_LENGTH = timedelta(days=28)
_FORMATS = ("text", "html", "pdf", "csv", "json")
_ENDINGS = {".html": "html", ".htm": "html", ".pdf": "pdf", ".csv": "csv", ".json": "json"}
_DOCUMENT = Document(DOCUMENT, UsageReport, version=DOCUMENT_VERSION)


@cli.group()
def report() -> None:
    """Report what was used: hours, people, peaks, assignments."""


@command(report, "usage", document=_DOCUMENT)
@click.argument("about", metavar="[HUB|COURSE]", default="")
@click.option("--since", metavar="TIME", help="2026-03-02 or 2026-03-02T14:00; else 28 days back.")
@click.option("--until", metavar="TIME", help="A day is meant to its end; else now.")
@click.option(
    "--names",
    is_flag=True,
    help="For a course's own teachers: names, and every number; kept on record.",
)
@click.option(
    "--next",
    "next_people",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many there will be next; else as many as now.",
)
@click.option(
    "--server-memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GB",
    help="What one server may take; else 2.",
)
@click.option("--language", type=click.Choice(get_args(Language)), help="Else the site's.")
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
    names: bool,
    next_people: int | None,
    server_memory: float | None,
    language: Language | None,
    kind: str | None,
    output: Path | None,
) -> None:
    """
    Report what was used on a hub, in a course, or everywhere, and what will be needed.

    Rests on the samples that the job `usage-sample` takes and on the sizes that backups found;
    asks no hub. Without --names it names no learner, and no number tells of fewer than five.
    """
    site = frame.site
    spoken = language or site.config.site.language
    ending = kind or (_ENDINGS.get(output.suffix.lower(), "text") if output else "text")
    if ending == "pdf" and output is None:
        raise click.UsageError("A PDF is no text: name a file with --output.")
    if names and about not in site.config.courses:
        raise click.UsageError("--names is for one course: name the course.")
    request = report_request(
        site,
        about,
        _window(frame, since, until),
        next_people=next_people,
        assumed=_assumed(server_memory),
        language=spoken,
    )
    report_on = named_report if names else usage_report
    with _nothing_thrown_away():
        made = report_on(request, site.store.usage, site.store.enrolments, site.journal)
    if output is not None:
        frame.write_file(output, _spelled(made, ending, spoken))
    if output is None or frame.as_json:
        frame.show(made, lambda _: click.echo(_spelled(made, ending, spoken), nl=False))


@contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """Keep Python from looking for garbage among a million sessions, a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _assumed(server_memory: float | None) -> Assumptions:
    if server_memory is None:
        return USUAL
    return replace(USUAL, server_memory_bytes=round(server_memory * 1_000_000_000))


def _window(frame: Frame, since: str | None, until: str | None) -> Window:
    now = frame.site.journal.clock.now()
    end = frame.moment(until, "--until", of_a_day=time.max) if until else now
    begin = frame.moment(since, "--since", of_a_day=time.min) if since else end - USUAL_LENGTH
    if begin >= end:
        raise click.UsageError("--since must be before --until.")
    return Window(since=begin, until=end)


def _spelled(made: UsageReport, kind: str, language: Language) -> str | bytes:
    from courseops.adapters.pages import usage as usage_page  # noqa: PLC0415 -- Jinja only where it is used

    if kind == "json":
        return spell_document(_DOCUMENT, made) + "\n"
    if kind == "csv":
        return usage_page.as_csv(made)
    if kind == "pdf":
        return usage_page.as_pdf(made, language)
    return (usage_page.as_html if kind == "html" else usage_page.as_text)(made, language)
