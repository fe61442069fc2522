"""The noun itself, and which module answers for which of its verbs."""

from __future__ import annotations

from collections.abc import Mapping

import click

from courseops.cli.root import cli
from courseops.cli.words import Words

# One that is not said is not loaded.
_MODULES: Mapping[str, str] = {
    "check": "proven",
    "copy": "kept",
    "drill": "proven",
    "forget": "kept",
    "init": "taken",
    "list": "kept",
    "prune": "kept",
    "run": "taken",
}


@cli.group(
    cls=Words,
    package=__package__,
    modules=_MODULES,
    short_help="Keep proven copies of every learner's home.",
)
def backup() -> None:
    """Keep copies of every learner's home, and prove that they can be had back."""


hub_argument = click.argument("hub")
