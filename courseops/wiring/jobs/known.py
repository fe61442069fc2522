"""The jobs of a site: the shipped ones, overridden by the operator's own."""

from __future__ import annotations

from collections.abc import Mapping

from courseops.jobfile import Known, load_jobs
from courseops.model.jobs.job import Job
from courseops.resources import shipped
from courseops.wiring.jobs.table import ACTIONS, places_of
from courseops.wiring.notices import names_of_ways
from courseops.wiring.site import Site


def jobs_of(site: Site) -> dict[str, Job]:
    """
    Give every job by name.

    Raises:
        ConfigError: something is wrong with a file; `problems` lists every mistake in every file.
    """
    own = (site.config.jobs,) if site.config.jobs else ()
    known = Known(hubs=site.config.hubs, courses=site.config.courses, ways=names_of_ways(site))
    return load_jobs(shipped("jobs"), *own, actions=ACTIONS, known=known)


def own_jobs(site: Site) -> list[str]:
    """Name the jobs that the operator's own folder defines."""
    return sorted(it.stem for it in site.config.jobs.glob("*.toml")) if site.config.jobs else []


def jobs_in_use(site: Site, jobs: Mapping[str, Job]) -> dict[str, Job]:
    """Give those of the jobs that run by themselves: enabled, and for what the site has."""
    return {name: job for name, job in jobs.items() if job.enabled and places_of(site, job)}
