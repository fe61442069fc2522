"""A noun whose verbs live in several modules, each loaded when one of its verbs is said."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Verbs(click.Group):
    """A group; `modules` names the module of `package` that answers for each verb."""

    def __init__(self, *args: Any, package: str, modules: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self._package = package
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Name every verb."""
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give what a verb stands for; None if it is none of ours."""
        if cmd_name in self._modules:
            import_module(f"{self._package}.{self._modules[cmd_name]}")
        return super().get_command(ctx, cmd_name)
