"""The noun itself, and which module answers for which of its verbs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click

from courseops.cli.root import cli
from courseops.cli.words import Words

# One that is not said is not loaded.
_MODULES: Mapping[str, str] = {
    "export": "rights",
    "forget": "rights",
    "show": "shown",
    "unlink": "unlinked",
}


@cli.group(
    cls=Words,
    package=__package__,
    modules=_MODULES,
    short_help="Show people what is kept of them, and forget them.",
)
def person() -> None:
    """Show what is kept of one person, hand it to them, and forget them where they ask for it."""


def whom(function: Callable[..., None]) -> Callable[..., None]:
    """Add what says who is meant."""
    return click.argument("hub")(click.argument("user")(function))
