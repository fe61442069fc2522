"""What the visitor who asks may see of what ran."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException

from courseops.model.run import Run
from courseops.model.sight import Sight, sight_of
from courseops.web.asked import Asked
from courseops.wiring.jobs import jobs_of, places_of


def sight(asked: Asked) -> Sight:
    """Say what the visitor may see; which jobs there are is read for those who may see any."""
    site, rights = asked.site, asked.rights
    jobs = {}
    if rights.operates:
        jobs = {job.scope: places_of(site, job) for job in jobs_of(site).values()}
    alone = len(asked.page.config.hubs) == 1
    return sight_of(rights, asked.hub, asked.page.courses, jobs, alone=alone)


def run_asked_for(asked: Asked, seen: Sight) -> Run:
    """
    Give the run that the address names.

    Raises:
        HTTPException: there is none such, or it is not theirs to see.
    """
    run = asked.site.store.runs.get(asked.parts["run"])
    if run is None or not seen.sees(run):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return run
