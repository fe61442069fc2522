"""Folders that are their owner's alone."""

from __future__ import annotations

from pathlib import Path


def make_private(folder: Path) -> None:
    """
    Make a folder and those above it, for nobody else; those that are there stay as they are.

    `Path.mkdir` makes those above it as the umask says, which may be open to everybody.
    """
    for each in reversed((folder, *folder.parents)):
        each.mkdir(mode=0o700, exist_ok=True)
