"""The word `courseops` itself; every command hangs below it."""

from __future__ import annotations

import click

from courseops import __version__
from courseops.cli.nouns import NOUNS
from courseops.cli.words import Words


@click.group(
    cls=Words,
    package=__package__,
    modules=NOUNS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="courseops")
def cli() -> None:
    """
    Run the courses of many JupyterHubs.

    Rosters in, assignments out and back, grades, backups, restores, reports. Begin with
    `courseops demo` to see it all, or `courseops init` to set up your own.
    """
