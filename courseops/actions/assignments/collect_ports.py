"""What the actions on collected work are handed, for one course."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from courseops.model.assignments.candidate import Bounds
from courseops.model.assignments.deadline import Terms
from courseops.model.assignments.manifest import Manifest
from courseops.ports.collecting import Archive, Collections, Signer, WorkSource
from courseops.ports.course import Course
from courseops.ports.records import Enrolments


@dataclass(frozen=True, kw_only=True)
class CollectPorts:
    """
    What collecting reads from and writes to, for one course.

    `granted` gives the extensions in nbgrader's gradebook by learner; `write_receipt` words one
    for a manifest and its fingerprint. `terms` lack the gradebook's deadline and the release;
    `extended` says until when learners have by the calendar itself.
    """

    course: Course
    source: WorkSource
    submitted: WorkSource
    archive: Archive
    signer: Signer
    record: Collections
    enrolments: Enrolments
    granted: Callable[[str], Mapping[str, timedelta]]
    write_receipt: Callable[[Manifest, str], str]
    terms: Terms = field(default_factory=Terms)
    extended: Mapping[str, datetime] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=Bounds)
    by_claim: bool = False
    late_kept: int = 10
    clock: str = "this machine's"
