"""Take somebody out of every snapshot of a hub, for good, and prove that nothing is found.

Three steps in each repository: the snapshots are written anew without them, what no snapshot
needs is freed to the last byte, and then they are looked for. A tombstone stays: whoever has one
and is found again, because an old copy of a repository came back, is taken out again.
https://restic.readthedocs.io/en/stable/045_working_with_repos.html#removing-files-from-snapshots
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from courseops.actions.journal import Entry, Journal
from courseops.errors import CourseOpsError
from courseops.model.backup import Volume
from courseops.model.copies import Tombstone
from courseops.model.erasure import (
    Elsewhere,
    Found,
    found_in,
    has_come_back,
    newest_by_volume,
    objections_to_erasing,
    refuse_erasing,
)
from courseops.model.restore import Sighting
from courseops.model.run import Outcome, Phase, Status
from courseops.ports import Catalogue, Copies, Enrolments, Repository, Upkeep, Volumes

ERASE = "offboard-erase"
_CATALOGUE = "catalogue"
_EVERYTHING = ("*",)


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """One repository that holds the snapshots of a hub."""

    name: str
    repository: Repository
    upkeep: Upkeep

    def seen(self, volume: Volume) -> list[Sighting]:
        """Give every file of a volume that any snapshot holds."""
        return self.repository.find(volume, _EVERYTHING)


@dataclass(frozen=True, kw_only=True)
class ErasePorts:
    """
    What erasing reads from and writes to, for one hub.

    `keepers` are its repository and the second one, if there is one; `courses` those of the
    hub; `elsewhere` gives what else is kept of somebody, and where.
    """

    hub: str
    volumes: Volumes
    keepers: tuple[Keeper, ...]
    catalogue: Catalogue
    copies: Copies
    enrolments: Enrolments
    append_only: bool = False
    courses: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def scope(self) -> str:
        """Name the hub as runs and locks do."""
        return f"hub/{self.hub}"


@dataclass(frozen=True, kw_only=True)
class ErasurePlanned:
    """What `offboard erase` shows: what is found, and what else is kept that it leaves alone."""

    hub: str
    username: str
    volume: str
    found: tuple[Found, ...]
    objections: tuple[str, ...]
    elsewhere: tuple[Elsewhere, ...]


@dataclass(frozen=True, kw_only=True)
class Erased:
    """
    What `offboard erase` did; with --again for everybody who has a tombstone.

    `found` is what there was before, of everybody.
    """

    hub: str
    usernames: tuple[str, ...]
    run_id: str
    found: tuple[Found, ...]
    outcomes: tuple[Outcome, ...]
    elsewhere: tuple[Elsewhere, ...]


def plan_erasure(ports: ErasePorts, username: str) -> ErasurePlanned:
    """Say what there is of somebody in the backups, and what speaks against erasing it."""
    volume = ports.volumes.volume_of(username)
    return ErasurePlanned(
        hub=ports.hub,
        username=username,
        volume=volume.path,
        found=tuple(found_in(it.name, it.seen(volume)) for it in ports.keepers),
        objections=_objections(ports, username),
        elsewhere=ports.elsewhere,
    )


def erase_person(ports: ErasePorts, journal: Journal, username: str) -> Erased:
    """
    Take somebody out of every snapshot; one outcome for each repository, and for our catalogue.

    Doing so again is safe, and finishes what was stopped.

    Raises:
        PlanRefusedError: they are still here.
        RefusedError: restic is too old; nothing was changed.
        CourseOpsError: a repository could not be changed; do it again.
    """
    with journal.run(ERASE, ports.scope) as entry:
        refuse_erasing(ports.hub, username, _objections(ports, username))
        volume = ports.volumes.volume_of(username)
        seen = {it.name: it.seen(volume) for it in ports.keepers}
        erasing = _Erasing(ports, journal, entry)
        entry.note(*erasing.carry_out([volume]))
    return _erased(ports, entry, [username], {name: len(it) for name, it in seen.items()}, seen)


def erase_again(ports: ErasePorts, journal: Journal) -> Erased:
    """
    Take out again whoever was erased before and is found nevertheless, and prove it.

    Whoever has come back since, and was backed up anew, is left alone and named.

    Raises:
        PlanRefusedError: the repository only takes new snapshots.
        RefusedError: restic is too old; nothing was changed.
    """
    with journal.run(ERASE, ports.scope) as entry:
        found = [_look_again(ports, journal, it) for it in newest_by_volume(_buried(ports))]
        again = [it for it in found if it.is_to_go]
        entry.note(*(it.outcome for it in found if it.outcome is not None))
        if again:
            refuse_erasing(ports.hub, again[0].volume.username, _append_only(ports))
            entry.note(*_Erasing(ports, journal, entry).carry_out([it.volume for it in again]))
