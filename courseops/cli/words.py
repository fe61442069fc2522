"""A group of commands whose words live in several modules, each loaded when a word is said."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Words(click.Group):
    """A group; `modules` names, with blanks between, those of `package` that answer for a word."""

    def __init__(self, *args: Any, package: str, modules: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self._package = package
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Name every word."""
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give what a word stands for; None if it is none of ours."""
        for module in self._modules.get(cmd_name, "").split():
            import_module(f"{self._package}.{module}")
        return super().get_command(ctx, cmd_name)
