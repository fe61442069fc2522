"""The table of nouns: which module answers for which first word."""

from __future__ import annotations

import click

from courseops.cli import demo, site
from courseops.cli.assignment import assignment
from courseops.cli.backup import backup
from courseops.cli.job import job
from courseops.cli.report import report
from courseops.cli.restore import restore
from courseops.cli.roster import roster


def add_to(cli: click.Group) -> None:
    """Hang every command below `courseops`."""
    site.add_to(cli)
    demo.add_to(cli)
    for noun in (roster, assignment, backup, restore, report, job):
        cli.add_command(noun)
