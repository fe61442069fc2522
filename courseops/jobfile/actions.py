"""An action that a job may name: what it works on, and the options that its signature takes."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from pydantic import create_model

from courseops.config.basis import Section
from courseops.jobfile.keys import JobSection


class On(Enum):
    """What an action is called for, once each."""

    HUBS = "each hub"
    COURSES = "each course"
    SITE = "the whole site"


@dataclass(frozen=True, kw_only=True)
class Action:
    """
    One action of the closed table.

    `act` is called with the run under way and a place, and with the job's options by name: its
    keyword arguments, checked by their types. One that follows `calendar` may be due at each
    assignment's release or deadline.
    """

    name: str
    act: Callable[..., str]
    on: On
    places: Callable[[Any], Iterable[str]]
    calendar: bool = False

    @property
    def what(self) -> str:
        """Say what it does, in the words of the function."""
        return (inspect.getdoc(self.act) or "").partition("\n")[0]

    @cached_property
    def options(self) -> type[Section]:
        """Give the options as a section of a job file."""
        hints = typing.get_type_hints(self.act, include_extras=True)
        fields: dict[str, Any] = {
            it.name: (hints[it.name], it.default)
            for it in inspect.signature(self.act).parameters.values()
            if it.kind is inspect.Parameter.KEYWORD_ONLY
        }
        return create_model(f"options of {self.name}", __base__=Section, **fields)

    @cached_property
    def section(self) -> type[JobSection]:
        """Give the keys of a job file that names this action."""
        options: Any = (self.options, self.options())
        return create_model(f"job of {self.name}", __base__=JobSection, options=options)
