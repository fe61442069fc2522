"""The noun itself, and the arguments and words that its verbs share."""

from __future__ import annotations

from collections.abc import Mapping

import click

from courseops.cli.root import cli
from courseops.cli.words import Words

# Which module answers for which verb: one that is not said is not loaded.
_MODULES: Mapping[str, str] = {"apply": "bringing", "find": "finding", "show": "showing"}

WORDS = '"yesterday 15:00", "hier 15h", 3d, "2 hours ago", or 2026-03-02T15:00'


@cli.group(cls=Words, package=__package__, modules=_MODULES)
def restore() -> None:
    """Bring learners' files back; nothing is ever overwritten."""


hub_argument = click.argument("hub")
user_argument = click.argument("user")
