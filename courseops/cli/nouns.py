"""The table of nouns: which modules answer for which first word, loaded when it is said.

Each of them hangs its commands below `courseops.cli.root.cli` itself.
"""

from __future__ import annotations

from collections.abc import Mapping

NOUNS: Mapping[str, str] = {
    "assignment": "assignment.noun",
    "backup": "backup.noun",
    "demo": "demo",
    "doctor": "site",
    "init": "site",
    "daemon": "daemon",
    "job": "job job_history job_run",
    "offboard": "offboard",
    "person": "person.noun",
    "report": "report",
    "restore": "restore.noun",
    "roster": "roster handout",
    "status": "status",
    "web": "web",
}
