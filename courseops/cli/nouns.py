"""The table of nouns: which modules answer for which first word, loaded when it is said.

Each of them hangs its commands below `courseops.cli.root.cli` itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

_MODULES: Mapping[str, tuple[str, ...]] = {
    "assignment": ("assignment.noun",),
    "backup": ("backup.noun",),
    "demo": ("demo",),
    "doctor": ("site",),
    "init": ("site",),
    "job": ("job",),
    "offboard": ("offboard",),
    "report": ("report",),
    "restore": ("restore.noun",),
    "roster": ("roster", "handout"),
    "status": ("site",),
}


class Nouns(click.Group):
    """A group that loads what answers for a word only when that word is said."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Name every first word."""
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give what a first word stands for; None if it is none of ours."""
        for module in _MODULES.get(cmd_name, ()):
            import_module(f"courseops.cli.{module}")
        return super().get_command(ctx, cmd_name)
