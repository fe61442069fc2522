"""Where a person reads what a command says."""

from __future__ import annotations

from typing import Any

from rich.console import Console


def terminal(**how: Any) -> Console:
    """
    Open the terminal, or whatever output is; with `stderr`, what stands beside a document.

    Learners choose names and files: one called ":smile:" stays what it is.
    """
    return Console(emoji=False, **how)
