"""`restore find`: what there was."""

from __future__ import annotations

import click

from courseops.actions.restores.versions import VersionsFound, find_versions
from courseops.cli.frame import Document, Frame, command
from courseops.cli.restore.found_text import print_found
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
    frame.show(found, lambda console: print_found(console, found, zone))
    frame.end(found.outcomes)
