"""A hub as it describes itself: users, running servers, and how we may treat them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class HubUser:
    """One account of a hub; `last_activity_at` is None for someone who never came."""

    name: str
    admin: bool = False
    last_activity_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RunningServer:
    """One single-user server that runs now; `server` is empty for the default server."""

    username: str
    server: str
    started_at: datetime
    last_activity_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ActiveUsers:
    """How many accounts a hub has, and those of them that were active since some moment."""

    accounts: int
    users: tuple[HubUser, ...]


def scope_of(hub: str) -> str:
    """Name a hub as runs and locks do."""
    return f"hub/{hub}"
