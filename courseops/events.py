"""The log, loaded when something is first said to it: a command that only looks says nothing.

What belongs on each line of this process, and what must be on none, is kept here as well: it is
known in other rooms than the one that spells lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

# Shorter ones occur in words that hide nothing.
_SHORTEST_SECRET = 6

_settings: list[Callable[[], None]] = []
_everywhere: dict[str, str] = {}
_secrets: set[str] = set()


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


def say_everywhere(**keys: str) -> None:
    """Put keys on each line that this process says from now on, whichever thread says it."""
    _everywhere.update(keys)


def said_everywhere() -> Mapping[str, str]:
    """Give what is on each line."""
    return _everywhere


def never_say(secret: str) -> None:
    """Keep a secret out of the log, should anybody ever put it there."""
    if len(secret) >= _SHORTEST_SECRET:
        _secrets.add(secret)


def never_said() -> frozenset[str]:
    """Give what must never be said."""
    return frozenset(_secrets)
