"""How `courseops restore` says things; nothing of a learner's commands the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from courseops.actions.restores.versions import REPOSITORY
from courseops.model.printable import printable


def say_bold(console: Console, text: str) -> None:
    """Print a path, which can be copied from here as it is."""
    console.print(Text(printable(text), style="bold"), soft_wrap=True)


def say(console: Console, text: str, style: str = "") -> None:
    """Print a line."""
    console.print(Text(printable(text), style=style), soft_wrap=True)


def say_who_told(console: Console, teller: str) -> None:
    """Say so if the catalogue could not answer: it is slower, and something is to be mended."""
    if teller == REPOSITORY:
        told = "asked the repository itself: our catalogue does not know these files "
        say(console, f"{told}(courseops backup list --refresh fills it)", style="dim")
