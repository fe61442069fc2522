"""When the jobs of a site are due."""

from __future__ import annotations

from courseops.adapters.times.schedules import Schedules
from courseops.wiring.site import Site


def open_times(site: Site) -> Schedules:
    """Give the times of a site."""
    return Schedules(site.config.site.time_zone, lambda _job: ())
