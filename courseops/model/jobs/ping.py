"""Signs of life for a dead-man service, which tells people when they fail to come."""

from __future__ import annotations

from enum import StrEnum

from courseops.model.run import Ending


class Ping(StrEnum):
    """What a sign of life says."""

    START = "start"
    SUCCESS = "success"
    FAILURE = "failure"


def ping_after(ending: Ending) -> Ping:
    """Say which sign a run gives that ended so; one that needs a person is no success."""
    return Ping.SUCCESS if ending is Ending.DONE else Ping.FAILURE
