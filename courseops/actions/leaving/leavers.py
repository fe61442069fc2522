"""What offboarding is handed, and how it reads who leaves and what there is of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume
from courseops.model.leaving.offboarding import (
    Leaver,
    Staying,
    Surroundings,
    enrolled_elsewhere,
    ground_to_stay,
)
from courseops.model.leaving.parting import Receipt
from courseops.model.roster import Role
from courseops.model.rosters.guard import Limits
from courseops.ports.backup import Repository, Volumes
from courseops.ports.hub import Hub
from courseops.ports.leaving import Archives, Remover
from courseops.ports.records import Enrolments, Plans

OFFBOARD_APPLY = "offboard-apply"


@dataclass(frozen=True, kw_only=True)
class OffboardPorts:
    """
    What offboarding reads from and writes to: for a course, or for one person on a hub.

    One of `course_id` and `username` is empty. `neighbours` are the other courses of the hub.
    """

    course_id: str
    username: str
    hub: Hub
    volumes: Volumes
    repository: Repository
    archives: Archives
    remover: Remover
    enrolments: Enrolments
    plans: Plans
    limits: Limits
    protected: frozenset[str] = frozenset()
    neighbours: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """Name the course, or the person, as runs and locks do."""
        return scope_of(self.hub.name, self.course_id, self.username)

    @property
    def plan_scope(self) -> str:
        """Name what plans are kept for; those of rosters are kept for `scope`, and read so."""
        return f"offboard/{self.scope}"

    @property
    def whom(self) -> str:
        """Name the course or the person."""
        return self.course_id or self.username

    @property
    def command(self) -> str:
        """Spell the command that shows the plan."""
        whom = self.course_id or f"--user {self.username} --hub {self.hub.name}"
        return f"courseops offboard plan {whom}"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """
    Everybody who leaves, as they are now.

    `receipts` gives by username the receipt of the archive that holds all they have, or the
    last one; `people` is how many the course ever had as learners.
    """

    leavers: tuple[Leaver, ...]
    staying: tuple[Staying, ...]
    receipts: Mapping[str, Receipt]
    people: int
    warnings: tuple[str, ...] = ()


def scope_of(hub: str, course_id: str, username: str) -> str:
    """Name what somebody leaves, as runs and locks do: a course or, without one, a hub."""
    return f"course/{course_id}" if course_id else f"home/{hub}/{username}"


def read_situation(ports: OffboardPorts, *, erase: bool) -> Situation:
    """
    Read who leaves, and what there is of them: on the hub, in its volumes, among the archives.

    Raises:
        CourseOpsError: something does not answer; the hub only matters where it is to change.
    """
    around, warnings = _surroundings(ports, erase=erase)
    enrolled, known = _learners(ports)
    staying = [
        Staying(username=name, why=f"is enrolled in {other}")
        for name in sorted(known)
        if ports.course_id and (other := enrolled_elsewhere(name, around, ports.course_id))
    ]
    kept = {it.username for it in staying}
    survey = ports.volumes.survey({*known, *(around.accounts or ())})
    volumes = {it.username: it for it in survey.volumes}
    refused = {it.subject: it.reason for it in survey.refused}
    receipts, archived = _receipts(ports, known - kept, volumes)
    leavers = []
    for name in sorted(known - kept):
        volume, receipt = volumes.get(name), receipts.get(name)
        accounts = around.accounts
        leavers.append(
            Leaver(
                username=name,
                volume=volume,
                has_account=None if accounts is None else name in accounts,
                is_enrolled=name in enrolled,
                is_archived=name in archived,
                is_open=receipt is not None and receipt.is_open,
                stays=refused.get(name) or _ground(ports, around, name, volumes, receipt),
            )
        )
    return Situation(
        leavers=tuple(leavers),
        staying=tuple(staying),
        receipts=receipts,
        people=len(known),
        warnings=(*warnings, *survey.warnings),
    )


def _learners(ports: OffboardPorts) -> tuple[set[str], set[str]]:
    """Name those who are enrolled in the course as learners, and all who are or were."""
    if ports.username:
        return set(), {ports.username}
    active = ports.enrolments.active(ports.course_id)
    staff = {it.person.username for it in active if it.role is not Role.LEARNER}
    enrolled = {it.person.username for it in active if it.role is Role.LEARNER}
    ended = ports.enrolments.ended(ports.course_id)
    left = {it.person.username for it in ended if it.role is Role.LEARNER}
    return enrolled, (enrolled | left) - staff


def _surroundings(ports: OffboardPorts, *, erase: bool) -> tuple[Surroundings, tuple[str, ...]]:
    elsewhere = {
        enrolment.person.username: course_id
        for course_id in ports.neighbours
        for enrolment in ports.enrolments.active(course_id)
    }
    try:
        around = Surroundings(
            accounts={user.name: user for user in ports.hub.users()},
            groups=ports.hub.groups(),
            protected=ports.protected,
            elsewhere=elsewhere,
            at_work={server.username for server in ports.hub.running_servers()},
        )
    except CourseOpsError as error:
        if erase:
            raise
        why = f"could not ask the hub: {error}; who is only in its groups is not known"
        return Surroundings(accounts=None, protected=ports.protected, elsewhere=elsewhere), (why,)
    return around, ()


def _receipts(
    ports: OffboardPorts, names: Collection[str], volumes: Mapping[str, Volume]
) -> tuple[dict[str, Receipt], set[str]]:
    """Give the receipts that count, by username, and whose archive holds all they have now."""
    chosen: dict[str, Receipt] = {}
    archived: set[str] = set()
    for receipt in ports.archives.receipts(ports.hub.name):
        name = receipt.username
        if name not in names:
            continue
        volume = volumes.get(name)
        if volume is not None and _holds(ports, volume, receipt):
            archived.add(name)
            chosen[name] = receipt
        elif name not in archived:
            # No proof of anything any more, but what is known of them.
            chosen[name] = receipt
    return chosen, archived


def _holds(ports: OffboardPorts, volume: Volume, receipt: Receipt) -> bool:
    try:
        return not ports.remover.unkept(volume, receipt.files)
    except CourseOpsError:
        return False


def _ground(
    ports: OffboardPorts,
    around: Surroundings,
    name: str,
    volumes: Mapping[str, Volume],
    receipt: Receipt | None,
) -> str:
    """Say why nothing of somebody may be removed; empty if nothing speaks against it."""
    volume = volumes.get(name)
    archived_at = receipt.archived_at if receipt is not None and receipt.archive else None
    ground = ground_to_stay(
        name,
        around,
        course_id=ports.course_id,
        has_volume=volume is not None,
        archived_at=archived_at,
    )
    if ground:
        return ground
    if second := next((it for it in volumes if it.startswith(f"{name} (")), ""):
        return f"has a second volume: let {second!r} leave first, as --user"
    return ports.remover.obstacle(volume) if volume is not None else ""
