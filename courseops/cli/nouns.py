"""The table of nouns: which module answers for which first word."""

from __future__ import annotations

import click

from courseops.cli.roster import roster


def add_to(cli: click.Group) -> None:
    """Hang every noun below `courseops`."""
    cli.add_command(roster)
