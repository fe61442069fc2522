"""Find the templates and job definitions that ship beside the code.

In a checkout they are `templates/` and `jobs/` at the top; in an installed wheel hatchling
has put them under `courseops/_shipped/` (see `tool.hatch.build` in pyproject.toml).
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Give the folder `name` ("jobs", "templates") as it ships with this installation."""
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
