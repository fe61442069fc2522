"""What a job may do for the whole site."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated

from pydantic import Field

from courseops.actions.housekeeping import HousekeepingPorts
from courseops.actions.housekeeping import keep_house as keep_in_order
from courseops.actions.usage.keeping import FiguresRequest, keep_figures
from courseops.model.keeping import LEAST, Spans
from courseops.wiring.jobs.errand import Errand, insist
from courseops.wiring.people import pseudonyms
from courseops.wiring.reports import reported_course
from courseops.wiring.site import Site

_LEAST_DAYS = LEAST.days


def keep_house(
    errand: Errand,
    _site: str,
    *,
    uneventful_days: Annotated[
        int, Field(ge=_LEAST_DAYS, description="what went well and changed nothing")
    ] = 60,
    runs_days: Annotated[
        int, Field(ge=_LEAST_DAYS, description="all other runs, with outcomes and audit records")
    ] = 800,
    logs_days: Annotated[int, Field(ge=1, description="what was said during runs")] = 60,
    usage_days: Annotated[
        int, Field(ge=1, description="what was seen on hubs, and the reports on it")
    ] = 400,
) -> str:
    """Keep our own tables and folders from growing without end."""
    site = errand.site
    ports = HousekeepingPorts(
        attic=site.store.attic,
        sheds=site.folders,
        courses=tuple(site.config.courses),
        keep_figures=partial(_keep_figures, site),
        pseudonyms=pseudonyms(site),
    )
    spans = Spans(
        uneventful=timedelta(days=uneventful_days),
        runs=timedelta(days=runs_days),
        logs=timedelta(days=logs_days),
        usage=timedelta(days=usage_days),
    )
    return insist(keep_in_order(ports, site.journal, spans).outcomes)


def _keep_figures(site: Site) -> str:
    courses = [reported_course(site, it) for it in sorted(site.config.courses)]
    request = FiguresRequest(zone=site.time_zone, courses=courses)
    return keep_figures(request, site.store.usage, site.store.enrolments, site.journal.clock)
