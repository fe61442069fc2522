"""What people are told: that something waits for them, or that something went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """What happened; each has a template in `templates/mail/`, in every language."""

    ROSTER_HELD = "roster-held"
    ALERTS = "alerts"


class Stage(StrEnum):
    """Where something stands that people are told of."""

    NEW = "new"
    STILL = "still"
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Matter:
    """
    One thing that is wrong, still wrong or over.

    `scopes` is where, `jobs` which jobs met it, `severity` a problem or a warning; `since` and
    `until` are moments by the school's clocks (ISO 8601). `changes` is what a run that is held
    would do, and `commands` what a person can say now.
    """

    stage: Stage
    severity: str
    scopes: tuple[str, ...]
    what: str
    since: str
    until: str = ""
    jobs: tuple[str, ...] = ()
    mend: str = ""
    run_id: str = ""
    changes: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Notice:
    """
    One message to those who look after a site.

    `scope` is what it is about ("course/python101"), `run_id` the run that waits or failed,
    `reasons` why, `changes` what the run would do, and `commands` what a person can say now. Of
    several things at once, `matters` has each.
    """

    event: Event
    site: str
    scope: str
    run_id: str
    reasons: tuple[str, ...]
    changes: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    matters: tuple[Matter, ...] = ()
