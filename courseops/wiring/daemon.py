"""What a daemon and a job's run are handed, from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from courseops.actions.jobs.pinging import JobPings
from courseops.actions.jobs.ports import Claim, JobPorts
from courseops.adapters.process import stop_us
from courseops.adapters.run_log import RunLog
from courseops.adapters.runner import ChildRunner
from courseops.config import Config
from courseops.wiring.liveness import dead_man_of_job
from courseops.wiring.site import Site
from courseops.wiring.telling import Telling


def job_ports(site: Site, telling: Telling | None = None) -> JobPorts:
    """Give what it takes to claim runs of jobs and to carry them out, and to keep what they met."""
    telling = telling or Telling(site)
    pings = JobPings(partial(dead_man_of_job, site), site.store.runs)

    def ended(claim: Claim) -> None:
        telling.keep(claim)
        pings.ended(claim)

    return JobPorts(
        slots=site.store.slots,
        runs=site.store.runs,
        locks=site.journal.locks,
        clock=site.journal.clock,
        lease_seconds=site.config.daemon.lease_seconds,
        stop=stop_us,
        begun=pings.begun,
        ended=ended,
    )


def run_log(site: Site, run_id: str) -> RunLog:
    """Give where what is said during a job's run is kept."""
    return RunLog(site.folders.logs, run_id)


def open_runner(config: Config) -> ChildRunner:
    """Give what carries out runs in processes of their own."""
    return ChildRunner(order_config(config), grace_seconds=config.daemon.grace_seconds)


def order_config(config: Config) -> dict[str, object]:
    """Spell a configuration for another process of this machine; it holds no secrets."""
    return config.model_dump(mode="json")


def config_of_order(document: Mapping[str, object]) -> Config:
    """Read a configuration as it was spelled."""
    return Config.model_validate(document)


def shares_work(site: Site) -> bool:
    """Say whether several daemons may work at once: on a database that serves many machines."""
    return site.store.locks is not None
