"""The log, loaded when something is first said to it: a command that only looks says nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

_settings: list[Callable[[], None]] = []


def set_up_when_needed(set_up: Callable[[], None]) -> None:
    """Say how the log is set up; done before the next thing is said to it."""
    _settings[:] = [set_up]
    log.cache_clear()


@cache
def log() -> Any:
    """Give structlog's logger, set up."""
    import structlog  # noqa: PLC0415 -- slow to load

    for set_up in _settings:
        set_up()
    return structlog.get_logger()
