"""What people are told: that something waits for them, or that something went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """What happened; each has a template in `templates/mail/`, in every language."""

    ROSTER_HELD = "roster-held"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """
    One message to those who look after a site.

    `scope` is what it is about ("course/python101"), `run_id` the run that waits or failed,
    `reasons` why, `changes` what the run would do, and `commands` what a person can say now.
    """

    event: Event
    site: str
    scope: str
    run_id: str
    reasons: tuple[str, ...]
    changes: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
