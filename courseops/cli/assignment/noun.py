"""The noun itself, and the two arguments that nearly all of its verbs take."""

from __future__ import annotations

import click

from courseops.cli.root import cli


@cli.group(short_help="Release, collect, grade and return nbgrader assignments.")
def assignment() -> None:
    """Release, collect, grade and give back a course's nbgrader assignments."""


course_argument = click.argument("course")
name_argument = click.argument("name")
