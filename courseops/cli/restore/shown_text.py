"""What `restore show` says to a person."""

from __future__ import annotations

from datetime import tzinfo

from rich.console import Console

from courseops.actions.restores.showing import VersionShown
from courseops.cli.restore.text import say, say_bold, say_who_told
from courseops.cli.tables import local
from courseops.model.notebooks.view import Kind

_COLOURS = {
    Kind.HEAD: "bold cyan",
    Kind.SOURCE: "",
    Kind.OUTPUT: "dim",
    Kind.REMARK: "italic yellow",
    Kind.ADDED: "green",
    Kind.REMOVED: "red",
}


def print_shown(console: Console, shown: VersionShown, zone: tzinfo) -> None:
    """Print one version, or how today's file differs from it."""
    version = shown.version
    say_bold(console, version.path)
    say(
        console,
        f"  changed {local(version.modified_at, zone)}, {version.size_bytes} bytes, in backups "
        f"from {local(version.first_taken_at, zone)} to {local(version.taken_at, zone)}",
    )
    if shown.is_difference:
        say(console, "  - as it was then, + as it is today")
    for line in shown.lines:
        say(console, line.text, _COLOURS[line.kind])
    say_who_told(console, shown.teller)
