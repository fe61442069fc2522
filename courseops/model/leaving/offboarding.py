"""Who leaves a course or a hub, what is done about it, and what must never be.

The plan is a pure value: everybody who leaves is archived, and only where erasing was asked for
does anything of theirs go, in an order in which each step is proof for the next.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import quote

from courseops.errors import PlanRefusedError
from courseops.model.backups.backup import Volume
from courseops.model.hub import HubUser
from courseops.model.rosters.guard import Limits

# What nbgrader calls the hub groups of its courses begins so.
_COURSE_GROUPS = ("nbgrader-", "formgrade-")


def offboard_tag(whom: str) -> str:
    """Name the tag of the final snapshot of a course or a person."""
    return f"offboard:{quote(whom, safe='@+')}"


class Step(StrEnum):
    """What is done for somebody who leaves, in this order."""

    SNAPSHOT = "take a final snapshot"
    ARCHIVE = "write the archive"
    ACCOUNT = "remove the hub account"
    VOLUME = "remove the volume"
    ENROLMENT = "end the enrolment"
    RECEIPT = "complete the receipt"


# What only --erase does.
ERASING = (Step.ACCOUNT, Step.VOLUME, Step.ENROLMENT, Step.RECEIPT)


@dataclass(frozen=True, kw_only=True)
class Parting:
    """One step of a plan: what is done about whom; `where` is the volume, account or course."""

    step: Step
    username: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Leaver:
    """
    Somebody who leaves, as they are now.

    `volume` is None where there is none, `has_account` is None where the hub was not asked.
    `is_archived` if an archive of ours holds all that lies in the volume; `is_open` if erasing
    them was begun before. `stays` says why nothing of theirs may be removed.
    """

    username: str
    volume: Volume | None = None
    has_account: bool | None = None
    is_enrolled: bool = False
    is_archived: bool = False
    is_open: bool = False
    stays: str = ""


@dataclass(frozen=True, kw_only=True)
class Staying:
    """Somebody of whom nothing is removed, and why."""

    username: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """
    What tells whether somebody may be removed from a hub, as read just now.

    `accounts` is None where the hub was not asked. `elsewhere` names, by username, another
    course that they are enrolled in; `at_work` who has a server running.
    """

    accounts: Mapping[str, HubUser] | None
    groups: Mapping[str, Collection[str]] = field(default_factory=dict)
    protected: Collection[str] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    at_work: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class OffboardingPlan:
    """
    The steps for everybody who leaves, in the order to take them.

    `scope` is the course or the person; `to` where archives go; `removable` are those whose
    account and volume would go with --erase, and `staying` those who keep theirs.
    """

    scope: str
    to: str
    erase: bool
    partings: tuple[Parting, ...]
    removable: tuple[Parting, ...] = ()
    staying: tuple[Staying, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """Name this exact plan, so that `apply` can insist on the reviewed one."""
        rows = [self.scope, self.to, self.erase, *map(vars, self.partings)]
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def erased(self) -> tuple[str, ...]:
        """Name those whose account or volume goes, sorted."""
        return tuple(sorted({it.username for it in self.partings if it.step in ERASING}))

    def of(self, step: Step) -> tuple[Parting, ...]:
        """Give those of one step."""
        return tuple(it for it in self.partings if it.step is step)


def ground_to_stay(
    username: str,
    around: Surroundings,
    *,
    course_id: str = "",
    has_volume: bool = True,
    archived_at: datetime | None = None,
) -> str:
    """
    Say why nothing of somebody may be removed; empty if nothing speaks against it.

    `archived_at` is of the last archive that there is of them.
    """
    account = (around.accounts or {}).get(username)
    if username in around.protected or (account is not None and account.admin):
        return "is protected: an admin of the hub, or named in the configuration"
    if other := enrolled_elsewhere(username, around, course_id):
        return f"is enrolled in {other}"
    if username in around.at_work:
        return "has a server running; stop it first"
    seen_at = account.last_activity_at if account is not None else None
    if not has_volume and seen_at is not None and (archived_at is None or archived_at < seen_at):
        return (
            f"was at work until {seen_at:%Y-%m-%d} and no volume of theirs is found: "
            "with the account, the hub might remove one that was never archived"
        )
    return ""


def enrolled_elsewhere(username: str, around: Surroundings, course_id: str = "") -> str:
    """Name another course that somebody is in, by our record or by the hub's groups."""
    ours = {f"{prefix}{course_id}" for prefix in _COURSE_GROUPS}
    groups = (
        group
        for group, members in sorted(around.groups.items())
        if group.startswith(_COURSE_GROUPS) and group not in ours and username in members
    )
    return around.elsewhere.get(username) or next((f"the hub's group {it}" for it in groups), "")


def plan_leaving(
    scope: str, to: str, leavers: Iterable[Leaver], *, erase: bool, staying: Iterable[Staying] = ()
) -> OffboardingPlan:
    """Say what is done about those who leave; whoever has nothing here any more needs nothing."""
    people = sorted(leavers, key=lambda it: it.username)
    order = list(Step)
    steps = [it for who in people for it in _copying(who)]
    removable = [it for who in people if not who.stays for it in _removing(who, scope)]
    if erase:
        steps += removable
    kept = [Staying(username=it.username, why=it.stays) for it in people if it.stays]
    return OffboardingPlan(
        scope=scope,
        to=to,
        erase=erase,
        partings=tuple(sorted(steps, key=lambda it: (order.index(it.step), it.username))),
        removable=() if erase else tuple(it for it in removable if it.step is not Step.RECEIPT),
        staying=tuple(sorted((*staying, *kept), key=lambda it: it.username)),
    )


def _copying(who: Leaver) -> Iterator[Parting]:
    if who.volume is not None and not who.is_archived:
        for step in (Step.SNAPSHOT, Step.ARCHIVE):
            yield Parting(step=step, username=who.username, where=who.volume.path)


def _removing(who: Leaver, scope: str) -> Iterator[Parting]:
    if who.has_account:
        yield Parting(step=Step.ACCOUNT, username=who.username, where=who.username)
    if who.volume is not None:
        yield Parting(step=Step.VOLUME, username=who.username, where=who.volume.path)
    if who.is_enrolled:
        yield Parting(step=Step.ENROLMENT, username=who.username, where=scope)
    if who.has_account or who.volume is not None or who.is_enrolled or who.is_open:
        yield Parting(step=Step.RECEIPT, username=who.username, where=who.username)


def objections(
    plan: OffboardingPlan, limits: Limits, people: int, *, asked_for: str = "", allowed: int = 0
) -> tuple[str, ...]:
    """
    Say why `plan` should not be applied; nothing means that it may.

    `people` is how many the course ever had as learners, `asked_for` the one person whom
    somebody named, `allowed` the exact number of people that they said may go.
    """
    if not plan.erase:
        return ()
    reasons = [f"{it.username} {it.why}" for it in plan.staying if it.username == asked_for]
    gone, most = len(plan.erased), limits.drops(people)
    if gone > most and allowed != gone:
        reasons.append(
            f"{gone} of {people} people would be removed with all they have; the limit is {most} "
            f"(the larger of {limits.drop_percent:g} % and {limits.drop_people}, and never more "
            "than half)"
        )
    return tuple(reasons)


def refuse(plan: OffboardingPlan, reasons: tuple[str, ...]) -> None:
    """
    Stop a plan that has objections; unlike a roster's it does not wait for anybody's approval.

    Raises:
        PlanRefusedError: there are some.
    """
    if not reasons:
        return
    gone = len(plan.erased)
    hint = "nothing was removed; without --erase everybody is archived, and nothing ever goes"
    if gone:
        hint += f"; if all {gone} should really go, repeat with --allow {gone}"
    raise PlanRefusedError(
        f"the plan for {plan.scope} is not safe to apply", problems=reasons, hint=hint
    )


def spell_offboarding(plan: OffboardingPlan) -> str:
    """Write a plan as one JSON document, to be kept."""
    document: dict[str, Any] = {"fingerprint": plan.fingerprint}
    names = ("scope", "to", "erase", "partings", "removable", "staying")
    document |= {name: getattr(plan, name) for name in names}
    return json.dumps(document, default=vars, sort_keys=True)
