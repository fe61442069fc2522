"""How old the copies of a hub's homes are, and whether any was proven, for a person."""

from __future__ import annotations

from datetime import tzinfo

from rich.console import Console

from courseops.cli.tables import local
from courseops.model.backups.freshness import Freshness

_NAMED = 5


def print_freshness(console: Console, found: Freshness, zone: tzinfo) -> None:
    """Print how old the oldest copy is, who has none that is young enough, and the last drill."""
    console.print(
        f"{found.hub}: {found.homes} homes, the oldest good copy is of "
        f"{local(found.oldest_at, zone)}; {_proof(found, zone)}",
        markup=False,
        highlight=False,
    )
    if found.stale:
        named = ", ".join(found.stale[:_NAMED]) + (", …" if len(found.stale) > _NAMED else "")
        console.print(f"  no good copy young enough: {named}", style="bold red", markup=False)
    if found.drill is not None and found.drill.problem:
        what = f"{found.drill.username}/{found.drill.path}: {found.drill.problem}"
        console.print(f"  the last drill failed: {what}", style="bold red", markup=False)


def _proof(found: Freshness, zone: tzinfo) -> str:
    if found.drilled_at is None:
        return "unproven: nothing was ever had back"
    return f"proven by what was had back on {local(found.drilled_at, zone)}"
