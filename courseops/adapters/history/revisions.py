"""Which changes of the tables this version knows, as the names of their files begin."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "store" / "migrations"


def revisions() -> list[str]:
    """List the revisions this version knows, oldest first."""
    names = os.listdir(FOLDER / "versions")  # noqa: PTH208 -- ten times quicker than a glob
    return sorted(it.partition("_")[0] for it in names if it[:1].isdigit() and it.endswith(".py"))
