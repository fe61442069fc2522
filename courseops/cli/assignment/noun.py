"""The noun itself, and the two arguments that nearly all of its verbs take."""

from __future__ import annotations

from collections.abc import Mapping

import click

from courseops.cli.root import cli
from courseops.cli.words import Words

# Which module answers for which verb: one that is not said is not loaded.
_MODULES: Mapping[str, str] = {
    "autograde": "graded",
    "balance": "sharing",
    "collect": "back",
    "export": "returned",
    "extend": "back",
    "feedback": "returned",
    "list": "standing",
    "manifest": "back",
    "push": "out",
    "quarantine": "graded",
    "release": "out",
    "status": "standing",
}


@cli.group(
    cls=Words,
    package=__package__,
    modules=_MODULES,
    short_help="Release, collect, grade and return nbgrader assignments.",
)
def assignment() -> None:
    """Release, collect, grade and give back a course's nbgrader assignments."""


course_argument = click.argument("course")
name_argument = click.argument("name")
