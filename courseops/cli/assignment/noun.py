"""The noun itself, and the two arguments that nearly all of its verbs take."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from courseops.cli.root import cli

# Which module answers for which verb: one that is not said is not loaded.
_MODULES: Mapping[str, str] = {
    "autograde": "graded",
    "balance": "standing",
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


class Verbs(click.Group):
    """A group that loads what answers for a verb only when that verb is said."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Name every verb."""
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give what a verb stands for; None if it is none of ours."""
        if cmd_name in _MODULES:
            import_module(f"courseops.cli.assignment.{_MODULES[cmd_name]}")
        return super().get_command(ctx, cmd_name)


@cli.group(cls=Verbs, short_help="Release, collect, grade and return nbgrader assignments.")
def assignment() -> None:
    """Release, collect, grade and give back a course's nbgrader assignments."""


course_argument = click.argument("course")
name_argument = click.argument("name")
