"""`restore apply`: put back what was lost."""

from __future__ import annotations

from pathlib import Path

import click

from courseops.actions.restores.restoring import RestoreReport, preview_restore
from courseops.actions.restores.restoring import restore as restore_files
from courseops.cli.frame import Document, Frame, command
from courseops.cli.restore.brought_text import print_report
from courseops.cli.restore.noun import WORDS, hub_argument, restore, user_argument


@command(restore, "apply", document=Document("restore-apply", RestoreReport))
@hub_argument
@user_argument
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--at", metavar="WORDS", help=f"As it was then: {WORDS}.")
@click.option("--in-place", is_flag=True, help="Move what is there aside, and take its name.")
@click.option("--to", default="", help="A folder of the home to put files in, instead of beside.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder outside of all homes, as yours: for graders and disputes.",
)
@click.option(
    "--new-user", default="", help="Another learner, whose home and whose own it becomes."
)
@click.option("--yes", is_flag=True, help="Do it; without this, only show what would be done.")
def apply(
    frame: Frame,
    hub: str,
    user: str,
    paths: tuple[str, ...],
    at: str | None,
    in_place: bool,
    to: str,
    into: Path | None,
    new_user: str,
    yes: bool,
) -> None:
    """
    Put files and folders back into a learner's home, beside what lies there now.

    A PATH is a file or a folder from the home's top; "." is the whole home. A deleted file gets
    its own name back, any other comes to lie beside the current one as NAME.restored, or with
    --in-place the current one as NAME.before-restore. It belongs to the learner. Without --at
    the newest backup counts.
    """
    if into is not None and (to or new_user or in_place):
        raise click.UsageError("--into goes with none of --to, --new-user and --in-place")
    moment = frame.past(at, "--at") if at else None
    ports = frame.site.restore_ports(hub, into)
    if yes:
        report = restore_files(
            ports,
            lambda: frame.site.journal,
            user,
            paths,
            at=moment,
            to=to,
            in_place=in_place,
            new_user=new_user,
        )
    else:
        report = preview_restore(
            ports, user, paths, at=moment, to=to, in_place=in_place, new_user=new_user
        )
    frame.show(report, lambda console: print_report(console, report, frame, into))
    frame.end(report.outcomes)
