"""One jobs/*.toml → Job; every problem in every file at once.

A job names one action of a closed table, where it applies and when; it holds no code. The
operator's folder overrides a shipped file of the same name. The table is handed in by whoever
has the actions: this folder knows what can be said of a job, not what it does.
"""

from __future__ import annotations

from courseops.jobfile.actions import Action, On
from courseops.jobfile.reading import Known, load_jobs

__all__ = ["Action", "Known", "On", "load_jobs"]
