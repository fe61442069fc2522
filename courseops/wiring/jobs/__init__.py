"""What jobs do: the closed table of their actions, and the jobs of a site."""

from __future__ import annotations

from courseops.wiring.jobs.known import jobs_in_use, jobs_of, own_jobs
from courseops.wiring.jobs.table import ACTIONS, job_action, places_of

__all__ = ["ACTIONS", "job_action", "jobs_in_use", "jobs_of", "own_jobs", "places_of"]
