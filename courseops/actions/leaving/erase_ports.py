"""What erasing somebody is handed, and what our record says of where they are to be found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from courseops.actions.journal import Journal
from courseops.actions.leaving.leavers import OFFBOARD_APPLY, scope_of
from courseops.errors import RefusedError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Sighting
from courseops.model.hub import scope_of as hub_scope
from courseops.model.leaving.erasure import Elsewhere
from courseops.model.leaving.offboarding import Step
from courseops.model.run import Phase
from courseops.ports.backup import Repository, Upkeep, Volumes
from courseops.ports.copies import Catalogue, Copies
from courseops.ports.records import Enrolments

_EVERYTHING = ("*",)
# More departures from one course than anybody looks back over.
_RUNS = 10_000


def _nothing_else(username: str) -> tuple[Elsewhere, ...]:  # noqa: ARG001 -- it is asked of everybody
    return ()


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """One repository that holds the snapshots of a hub."""

    name: str
    repository: Repository
    upkeep: Upkeep

    def seen(self, volumes: Iterable[Volume]) -> list[Sighting]:
        """Give every file of some volumes that any snapshot holds."""
        return [seen for it in volumes for seen in self.repository.find(it, _EVERYTHING)]


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
    elsewhere: Callable[[str], tuple[Elsewhere, ...]] = _nothing_else

    @property
    def scope(self) -> str:
        """Name the hub as runs and locks do."""
        return hub_scope(self.hub)


def elsewhere_of(ports: ErasePorts, journal: Journal, username: str) -> tuple[Elsewhere, ...]:
    """Name their archives, wherever these were written to, and what else is kept."""
    return (*archives_of(ports, journal, username), *ports.elsewhere(username))


def archives_of(ports: ErasePorts, journal: Journal, username: str) -> tuple[Elsewhere, ...]:
    """Name their archives, wherever these were written to."""
    details = _details(ports, journal, username, Step.ARCHIVE)
    written = [it.partition(": ")[0] for it in details]
    return tuple(
        Elsewhere(
            what="an archive of their home",
            where=place,
            mend="remove the file and its receipt, wherever they were taken",
        )
        for place in dict.fromkeys(written)
    )


def volumes_of(ports: ErasePorts, journal: Journal, username: str) -> list[Volume]:
    """Give where somebody's home was: as we removed it, and where it would be now."""
    paths = _details(ports, journal, username, Step.VOLUME)
    try:
        paths.append(ports.volumes.volume_of(username).path)
    except RefusedError:
        if not paths:
            raise
    return [Volume(username=username, path=it) for it in dict.fromkeys(paths)]


def _details(ports: ErasePorts, journal: Journal, username: str, step: Step) -> list[str]:
    """Give what is on record of a step that was taken when somebody left."""
    scopes = [scope_of(ports.hub, course_id, username) for course_id in ("", *ports.courses)]
    return [
        record.detail
        for scope in scopes
        for run in journal.runs.recent(action=OFFBOARD_APPLY, scope=scope, limit=_RUNS)
        for record in journal.runs.audit_of(run.id)
        if (record.subject, record.change, record.phase) == (username, step, Phase.MADE)
    ]
