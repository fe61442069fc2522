"""What the next session needs, from what this one took.

Memory and cores follow from how many servers run at once, not from how many people there are,
and disk from how large homes become. The day to plan for is one that 19 of 20 days do not
exceed; a usual day and the busiest one seen are given beside it, and how many days there were.
Peaks of several courses are those of one clock: they are never added up.

https://jupyterhub.readthedocs.io/en/stable/explanation/capacity-planning.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median_high

from courseops.model.usage.small_cells import FEWEST
from courseops.model.usage.sweeping import percentile

DAY_TO_PLAN_FOR = 95
TERM_DAYS = 60
"""Fewer days on which somebody worked are less than a term: about twelve weeks of five."""
TERM_WEEKS = 14


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """
    What no sample tells.

    Of memory a fifth is kept free. Backups are taken to need as much as the homes themselves.
    """

    server_memory_bytes: int = 2_000_000_000
    server_cores: float = 0.5
    spare: float = 1.2
    hub_memory_bytes: int = 500_000_000
    hub_cores: float = 0.25
    backup_ratio: float = 1.0


USUAL = Assumptions()


@dataclass(frozen=True, kw_only=True)
class DayUse:
    """A day on which servers ran: the most at once, the most started in one minute, of whom."""

    peak: int
    starts_per_minute: int
    enrolled: int


@dataclass(frozen=True, kw_only=True)
class HomeUse:
    """How large homes are, and by how much one of them grows in a week."""

    homes: int
    median_bytes: int
    p95_bytes: int
    growth_bytes: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What to plan for, with what a usual day and the busiest day would take; from `n` days."""

    low: float
    value: float
    high: float
    n: int


@dataclass(frozen=True, kw_only=True)
class Needs:
    """
    What `people` will need next, if they work as they did.

    `share_percent` is how many of those enrolled run a server at once. Nothing is planned for
    fewer than five servers. `disk_bytes` holds homes and backups, from a usual home to homes
    that grow for another term; its `n` are homes. With `is_early` there was less than a term.
    """

    people: int
    is_early: bool
    share_percent: Estimate
    servers: Estimate
    starts_per_minute: Estimate
    memory_bytes: Estimate
    cores: Estimate
    disk_bytes: Estimate | None
    assumptions: Assumptions


def needs(
    days: Sequence[DayUse],
    homes: HomeUse | None,
    people: int,
    *,
    hubs: int = 1,
    taken: Assumptions = USUAL,
) -> Needs | None:
    """Work out what `people` on some hubs need; None without a day on which servers ran."""
    if not days or not people:
        return None
    least = min(FEWEST, people)
    servers = _scaled([day.peak / max(day.enrolled, 1) for day in days], people, least)
    bursts = _scaled([day.starts_per_minute / max(day.enrolled, 1) for day in days], people, least)
    each_bytes = taken.server_memory_bytes * taken.spare
    return Needs(
        people=people,
        is_early=len(days) < TERM_DAYS,
        share_percent=_times(servers, 100 / people),
        servers=servers,
        starts_per_minute=bursts,
        memory_bytes=_times(servers, each_bytes, hubs * taken.hub_memory_bytes),
        cores=_times(servers, taken.server_cores, hubs * taken.hub_cores),
        disk_bytes=_disk(homes, people, taken) if homes else None,
        assumptions=taken,
    )


def _scaled(shares: Sequence[float], people: int, least: int) -> Estimate:
    """Bring shares of those who were enrolled to how many there will be."""
    low, value, high = (
        float(max(ceil(round(share * people, 6)), least))
        for share in (median_high(shares), percentile(shares, DAY_TO_PLAN_FOR), max(shares))
    )
    return Estimate(low=low, value=value, high=high, n=len(shares))


def _times(estimate: Estimate, each: float, once: float = 0.0) -> Estimate:
    return Estimate(
        low=estimate.low * each + once,
        value=estimate.value * each + once,
        high=estimate.high * each + once,
        n=estimate.n,
    )


def _disk(homes: HomeUse, people: int, taken: Assumptions) -> Estimate:
    copies = people * (1 + taken.backup_ratio)
    grown = homes.p95_bytes + max(homes.growth_bytes, 0) * TERM_WEEKS
    return Estimate(
        low=homes.median_bytes * copies,
        value=homes.p95_bytes * copies,
        high=grown * copies,
        n=homes.homes,
    )
