"""The table of nouns: which module answers for which first word."""

from __future__ import annotations

import click

from courseops.cli import site
from courseops.cli.job import job
from courseops.cli.roster import roster


def add_to(cli: click.Group) -> None:
    """Hang every command below `courseops`."""
    site.add_to(cli)
    for noun in (roster, job):
        cli.add_command(noun)
