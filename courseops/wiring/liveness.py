"""Who watches over the daemon and its jobs, from the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseops.errors import ConfigError
from courseops.wiring.secrets import secret_of
from courseops.wiring.site import Site

if TYPE_CHECKING:
    from collections.abc import Collection

    from courseops.config import SecretReference
    from courseops.ports.liveness import DeadMan


def dead_man_of_daemon(site: Site) -> DeadMan | None:
    """Give the dead-man service that the daemon gives signs of life to, if there is one."""
    return _dead_man(site.config.daemon.ping)


def dead_man_of_job(site: Site, job: str) -> DeadMan | None:
    """Give the dead-man service that a job's runs give signs of life to, if there is one."""
    return _dead_man(site.config.daemon.pings.get(job))


def insist_on_jobs_with_pings(site: Site, jobs: Collection[str]) -> None:
    """
    Insist that each job with a dead-man service is there: else it would be silent, and rightly so.

    Raises:
        ConfigError: one is not.
    """
    unknown = sorted(site.config.daemon.pings.keys() - set(jobs))
    if unknown:
        raise ConfigError(
            f"config.toml has a dead-man service for {', '.join(unknown)}, and no such job",
            hint="correct [daemon.pings]; the jobs' names: courseops job list",
        )


def _dead_man(reference: SecretReference | None) -> DeadMan | None:
    from courseops.adapters.dead_man import HttpDeadMan  # noqa: PLC0415

    return None if reference is None else HttpDeadMan(secret_of(reference))
