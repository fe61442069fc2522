"""Put into words what the probe found."""

from __future__ import annotations

from collections.abc import Iterator

from courseops.model.assignments.sandbox import Confinement, Level
from courseops.model.finding import Finding

SUBJECT = "sandbox"


def findings(found: Confinement) -> Iterator[Finding]:
    """Say how learners' code is kept apart, what that lacks, and what would mend it."""
    if found.holds:
        yield Finding.ok(SUBJECT, f"learners' code is kept apart by {found.level}; every wall held")
    for fault in found.faults:
        what = f"{fault.level} does not hold here: {fault.reason}"
        if found.level is Level.NONE:
            yield Finding.problem(SUBJECT, f"nothing can be graded: {what}", fault.to_do)
        else:
            yield Finding.warning(SUBJECT, what, fault.to_do)
    for one in found.lacking:
        yield Finding.warning(
            SUBJECT,
            f"this machine lacks {one}",
            "a newer kernel, or a container that may mount /proc, has it",
        )
