"""How a daemon stands, for those who look at it from outside: people, machines, its own guard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

# It looks at the clock each second; a database that is locked holds it up for half a minute.
SILENCE = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """
    How a daemon stands at its last look at the clock, `beat_at`.

    `is_active` is False while another daemon does the work and this one stands by. `waiting`
    counts what is due and not begun; `coming` says when each of its jobs is due next, None where
    that is not in sight. `troubles` say what keeps it from working as it should ("config.toml was
    not reloaded: …"); `ended_at` is when it was stopped, as somebody wanted.
    """

    beat_at: datetime
    is_active: bool = True
    running: int = 0
    waiting: int = 0
    coming: Mapping[str, datetime | None] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()
    ended_at: datetime | None = None


def signs_of_death(standing: Standing, now: datetime) -> Iterator[str]:
    """Say why a daemon should be started anew; nothing while it lives."""
    if now - standing.beat_at > SILENCE:
        yield f"it has not looked at the clock since {standing.beat_at:%Y-%m-%d %H:%M:%S} UTC"


def obstacles(standing: Standing, now: datetime) -> Iterator[str]:
    """Say why a daemon is not doing its work; nothing if it is."""
    yield from signs_of_death(standing, now)
    if not standing.is_active:
        yield "it stands by: another daemon does the work"
    yield from standing.troubles


def in_words(standing: Standing, zone: tzinfo) -> str:
    """Say on one line how a daemon stands."""
    if not standing.is_active:
        return "stands by: another daemon does the work"
    words = [f"{standing.running} running", f"{standing.waiting} waiting"]
    coming = [(at, job) for job, at in standing.coming.items() if at is not None]
    if coming:
        at, job = min(coming)
        words.append(f"next {job} on {at.astimezone(zone):%Y-%m-%d at %H:%M}")
    return "; ".join([", ".join(words), *standing.troubles])
