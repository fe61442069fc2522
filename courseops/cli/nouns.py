"""The table of nouns: which module answers for which first word."""

from __future__ import annotations

from courseops.cli import demo, handout, site
from courseops.cli.assignment import assignment
from courseops.cli.backup import backup
from courseops.cli.job import job
from courseops.cli.report import report
from courseops.cli.restore import restore
from courseops.cli.root import cli
from courseops.cli.roster import roster

for noun in (roster, assignment, backup, restore, report, job):
    cli.add_command(noun)

# No nouns of their own: the commands of two stand directly below `courseops`, one below `roster`.
__all__ = ["cli", "demo", "handout", "site"]
