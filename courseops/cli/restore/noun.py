"""The noun itself, and the arguments and words that its verbs share."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from courseops.cli.root import cli

# Which module answers for which verb: one that is not said is not loaded.
_MODULES: Mapping[str, str] = {"apply": "bringing", "find": "finding", "show": "showing"}

WORDS = '"yesterday 15:00", "hier 15h", 3d, "2 hours ago", or 2026-03-02T15:00'


class Verbs(click.Group):
    """A group that loads what answers for a verb only when that verb is said."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Name every verb."""
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give what a verb stands for; None if it is none of ours."""
        if cmd_name in _MODULES:
            import_module(f"courseops.cli.restore.{_MODULES[cmd_name]}")
        return super().get_command(ctx, cmd_name)


@cli.group(cls=Verbs)
def restore() -> None:
    """Bring learners' files back; nothing is ever overwritten."""


hub_argument = click.argument("hub")
user_argument = click.argument("user")
