"""`restore show`: one version, or how today's file differs from it."""

from __future__ import annotations

import click

from courseops.actions.restores.showing import VersionShown, show_difference, show_version
from courseops.cli.frame import Document, Frame, command
from courseops.cli.restore.noun import WORDS, hub_argument, restore, user_argument
from courseops.cli.restore.shown_text import print_shown


@command(restore, "show", document=Document("restore-show", VersionShown))
@hub_argument
@user_argument
@click.argument("path")
@click.option("--at", metavar="WORDS", help=f"As it was then: {WORDS}.")
@click.option("--diff", is_flag=True, help="Only what is different in today's file.")
def show(frame: Frame, hub: str, user: str, path: str, at: str | None, diff: bool) -> None:
    """
    Show a version of a file, a notebook by its cells.

    Without --at it is the newest in the backups. Nothing is written anywhere.
    """
    moment = frame.past(at, "--at") if at else None
    look = show_difference if diff else show_version
    shown = look(frame.site.restore_ports(hub), user, path, at=moment)
    zone = frame.site.time_zone
    frame.show(shown, lambda console: print_shown(console, shown, zone))
