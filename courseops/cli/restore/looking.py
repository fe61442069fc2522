"""`restore find` and `restore show`: what there was, and how it differs from what there is."""

from __future__ import annotations

import click

from courseops.actions.showing import VersionShown, show_difference, show_version
from courseops.actions.versions import VersionsFound, find_versions
from courseops.cli.frame import Document, Frame, command
from courseops.cli.restore import text
from courseops.cli.restore.noun import WORDS, hub_argument, restore, user_argument


@command(restore, "find", document=Document("restore-find", VersionsFound))
@hub_argument
@user_argument
@click.argument("pattern", default="*")
@click.option("--at", metavar="WORDS", help=f"What counted then, and its neighbours: {WORDS}.")
@click.option("--check", is_flag=True, help="Read each notebook listed, and mark the broken ones.")
def find(frame: Frame, hub: str, user: str, pattern: str, at: str | None, check: bool) -> None:
    """
    List every version of a learner's files, newest first.

    PATTERN is a name ("hw1.ipynb"), found in any folder, or a path from the home's top;
    both may hold * and ?. Without it all files are listed, deleted ones too. A notebook that
    a drill or a restore found broken is marked; --check reads those listed, which takes half
    a second each.
    """
    moment = frame.past(at, "--at") if at else None
    ports = frame.site.restore_ports(hub)
    found = find_versions(ports, user, pattern, at=moment, check=check)
    zone = frame.site.time_zone
    frame.show(found, lambda console: text.print_found(console, found, zone))
    frame.end(found.outcomes)


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
    frame.show(shown, lambda console: text.print_shown(console, shown, zone))
