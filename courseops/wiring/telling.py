"""What it takes to tell people of what jobs met, from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from courseops.actions.jobs.ports import Claim
from courseops.actions.jobs.telling import TellPorts, keep_alerts, keep_troubles, tell
from courseops.adapters.steady_alerts import SteadyAlerts
from courseops.config import NoticesSection
from courseops.errors import ConfigError, CourseOpsError
from courseops.events import log
from courseops.jobfile import On
from courseops.model.jobs.job import Job
from courseops.model.jobs.owed import Rules
from courseops.model.jobs.quiet import Peace, read_hours
from courseops.wiring.jobs import ACTIONS, jobs_of
from courseops.wiring.notices import names_of_ways, ways_to_tell
from courseops.wiring.site import Site

_KINDS = {On.HUBS: "hub", On.COURSES: "course"}


class Telling:
    """
    Whoever keeps what jobs meet, and tells people of it; to be kept as long as the site.

    `jobs` are all there are, by name; without them, the job files are read when it comes to it.
    """

    def __init__(self, site: Site, jobs: Mapping[str, Job] | None = None) -> None:
        self._site = site
        self._alerts = SteadyAlerts(site.store.alerts)
        self._jobs = jobs

    def keep(self, claim: Claim) -> None:
        """Keep what a run met that has ended; if that fails, the run is as good as it was."""
        try:
            keep_alerts(self._ports(self._jobs_beside(claim.job)), claim.job, claim.run.id)
        except CourseOpsError as error:
            words = {"error": str(error), "hint": error.hint}
            log().error("what a run met is not kept", action="tell", run=claim.run.id, **words)

    def tell(self, daemon: str = "", troubles: Mapping[str, str] | None = None) -> None:
        """
        Tell people what there is to tell; `troubles` is what ails the `daemon` of that name.

        Raises:
            CourseOpsError: it cannot be found out.
        """
        ports = self._ports(self._all_jobs())
        if troubles is not None:
            keep_troubles(ports, daemon, troubles)
        tell(ports)

    def _all_jobs(self) -> Mapping[str, Job]:
        if self._jobs is None:
            self._jobs = jobs_of(self._site)
        return self._jobs

    def _jobs_beside(self, job: Job) -> Mapping[str, Job]:
        try:
            return self._all_jobs()
        except ConfigError:
            # A run that began before the files were spoilt is not misled by them.
            return {job.name: job}

    @cached_property
    def _peace(self) -> Peace:
        site = self._site
        notices = site.config.site.notices or NoticesSection()
        hours = notices.quiet_hours
        return Peace(
            zone=site.time_zone,
            hours=read_hours(hours) if hours else None,
            reminder_days=frozenset(notices.reminder_days),
        )

    def _ports(self, jobs: Mapping[str, Job]) -> TellPorts:
        site = self._site
        return TellPorts(
            alerts=self._alerts,
            runs=site.store.runs,
            slots=site.store.slots,
            plans=site.store.plans,
            locks=site.journal.locks,
            clock=site.journal.clock,
            ways=lambda: ways_to_tell(site),
            rules=Rules(ways=names_of_ways(site), jobs=jobs, peace=self._peace),
            site=site.config.site.name,
            scope_of=_scope_of,
        )


def tell_people(telling: Telling) -> None:
    """Tell people, after a run by hand; what goes wrong, the daemon or the next run tells."""
    try:
        telling.tell()
    except CourseOpsError as error:
        log().warning("nobody was told", action="tell", error=str(error), hint=error.hint)


def _scope_of(job: Job, place: str) -> str:
    kind = _KINDS.get(ACTIONS[job.action].on) if job.action in ACTIONS else None
    return f"{kind}/{place}" if kind else job.scope
