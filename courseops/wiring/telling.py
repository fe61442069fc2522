"""What it takes to tell people of what jobs met, from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from courseops.actions.jobs.ports import Claim
from courseops.actions.jobs.telling import TellPorts, keep_alerts, keep_troubles, tell
from courseops.adapters.steady_alerts import SteadyAlerts
from courseops.config import NoticesSection
from courseops.errors import CourseOpsError
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

    Nothing that goes wrong in it goes further than into the log: a run is as good or bad as it
    was, and the next call tells the rest.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._alerts = SteadyAlerts(site.store.alerts)

    def keep(self, claim: Claim) -> None:
        """Keep what a run met that has ended."""
        try:
            keep_alerts(self._ports(), claim.job, claim.run.id)
        except CourseOpsError as error:
            words = {"error": str(error), "hint": error.hint}
            log().error("what a run met is not kept", action="tell", run=claim.run.id, **words)

    def tell(self, daemon: str = "", troubles: Mapping[str, str] | None = None) -> None:
        """
        Tell people what there is to tell; `troubles` is what ails the `daemon` of that name.

        Raises:
            CourseOpsError: it cannot be found out.
        """
        ports = self._ports()
        if troubles is not None:
            keep_troubles(ports, daemon, troubles)
        tell(ports)

    @cached_property
    def _rules(self) -> Rules:
        site = self._site
        notices = site.config.site.notices or NoticesSection()
        hours = notices.quiet_hours
        peace = Peace(
            zone=site.time_zone,
            hours=read_hours(hours) if hours else None,
            reminder_days=frozenset(notices.reminder_days),
        )
        return Rules(ways=names_of_ways(site), jobs=jobs_of(site), peace=peace)

    def _ports(self) -> TellPorts:
        site = self._site
        return TellPorts(
            alerts=self._alerts,
            runs=site.store.runs,
            slots=site.store.slots,
            plans=site.store.plans,
            locks=site.journal.locks,
            clock=site.journal.clock,
            ways=lambda: ways_to_tell(site),
            rules=self._rules,
            site=site.config.site.name,
            scope_of=_scope_of,
        )


def tell_people(site: Site) -> None:
    """Tell people, after a run by hand; what goes wrong, the daemon or the next run tells."""
    try:
        Telling(site).tell()
    except CourseOpsError as error:
        log().warning("nobody was told", action="tell", error=str(error), hint=error.hint)


def _scope_of(job: Job, place: str) -> str:
    kind = _KINDS.get(ACTIONS[job.action].on) if job.action in ACTIONS else None
    return f"{kind}/{place}" if kind else job.scope
