"""What is on record of the time that a report speaks of: of a hub, and of a course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from courseops.model.roster import Membership, Role
from courseops.model.usage.report import AssignmentProgress
from courseops.model.usage.seen import HomeSize, Ran, Sample, Window
from courseops.model.usage.starts import StartHour


@dataclass(frozen=True, kw_only=True)
class HubRecords:
    """
    Everything that was seen on one hub in the window.

    `sessions` and `activities` come by username, as `ran` and `active` of the port give them, and
    `sizes` give a home's first and last.
    """

    hub: str
    samples: Sequence[Sample]
    sessions: Mapping[str, Sequence[Ran]]
    activities: Mapping[str, Sequence[int]]
    sizes: Sequence[HomeSize] = ()
    starts: Sequence[StartHour] = ()

    @cached_property
    def accounts(self) -> int | None:
        """Say how many accounts the hub had at most, if it was ever asked."""
        return max(self._accounts, default=None)

    @cached_property
    def accounts_now(self) -> int | None:
        """Say how many accounts the hub had when it was asked last."""
        return self._accounts[-1] if self._accounts else None

    @cached_property
    def _accounts(self) -> list[int]:
        return [it.accounts for it in self.samples if it.accounts is not None]


@dataclass(frozen=True, kw_only=True)
class CourseRecords:
    """One course, who belonged to it when and is called what, and how far its assignments are."""

    course_id: str
    title: str
    hub: str
    memberships: Sequence[Membership]
    assignments: tuple[AssignmentProgress, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def learners(self, window: Window) -> list[Membership]:
        """List the learners' memberships in the window; staff are left out."""
        return [
            membership
            for membership in self.memberships
            if membership.role is Role.LEARNER and membership.overlaps(window.since, window.until)
        ]
