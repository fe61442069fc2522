"""Open what leaving needs: a hub or a course, a place for archives, every repository."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from courseops.actions.leaving.erase_ports import ErasePorts, Keeper
from courseops.actions.leaving.leavers import OffboardPorts
from courseops.config import BackupSection, CopySection
from courseops.errors import CourseOpsError
from courseops.model.leaving.erasure import Elsewhere
from courseops.model.rosters.guard import Limits
from courseops.ports.leaving import Archives, Remover
from courseops.wiring.collecting import site_key
from courseops.wiring.repositories import open_repository
from courseops.wiring.site import Site

# Where archives go unless somebody says where else.
_FOLDER = "offboarded"


def offboard_course(site: Site, course_id: str, to: Path | None) -> OffboardPorts:
    """Give what letting a course's learners leave needs; archives go to the folder `to`."""
    course = site.course_section(course_id)
    return _ports(
        site,
        course.hub,
        to,
        course_id=course_id,
        limits=Limits(**course.guard.model_dump()),
    )


def offboard_person(site: Site, username: str, hub: str, to: Path | None) -> OffboardPorts:
    """
    Give what letting one person leave a hub needs; empty `hub` means the only one there is.

    Raises:
        CourseOpsError: there are several.
    """
    return _ports(site, hub or _only_hub(site), to, username=username, limits=Limits())


def erase_ports(site: Site, hub: str) -> ErasePorts:
    """
    Give what erasing somebody from the backups of a hub needs.

    Raises:
        ConfigError: the hub has no repository.
    """
    section = site.backup_section(hub)
    places: dict[str, BackupSection | CopySection] = {"repository": section}
    if section.copy_to is not None:
        places["second repository"] = section.copy_to
    return ErasePorts(
        hub=hub,
        volumes=site.volumes(hub),
        keepers=tuple(_keeper(site, hub, name, place) for name, place in places.items()),
        catalogue=site.store.catalogue,
        copies=site.store.copies,
        enrolments=site.store.enrolments,
        append_only=section.append_only,
        courses=tuple(site.courses_on(hub)),
        elsewhere=partial(_elsewhere, site, hub),
    )


def _ports(
    site: Site,
    hub: str,
    to: Path | None,
    *,
    course_id: str = "",
    username: str = "",
    limits: Limits,
) -> OffboardPorts:
    return OffboardPorts(
        course_id=course_id,
        username=username,
        hub=site.hub(hub),
        volumes=site.volumes(hub),
        repository=site.repository(hub),
        archives=_archives(site, hub, to),
        remover=_remover(site, hub),
        enrolments=site.store.enrolments,
        plans=site.store.plans,
        limits=limits,
        protected=frozenset(site.hub_section(hub).protected),
        neighbours=tuple(it for it in site.courses_on(hub) if it != course_id),
    )


def _archives(site: Site, hub: str, to: Path | None) -> Archives:
    from courseops.adapters.leaving.archives import ArchiveFolder  # noqa: PLC0415

    return ArchiveFolder(
        folder=(to or site.state / _FOLDER).absolute(),
        repository=site.repository(hub),
        staging=site.folders.staging,
        signer=site_key(site),
    )


def _remover(site: Site, hub: str) -> Remover:
    from courseops.adapters.leaving.removing import EngineRemover, HomeRemover  # noqa: PLC0415

    volumes = site.hub_section(hub).volumes
    kept_by_engine = volumes is not None and volumes.docker is not None
    kind = EngineRemover if kept_by_engine else HomeRemover
    return kind(site.volumes(hub).root)


def _keeper(site: Site, hub: str, name: str, place: BackupSection | CopySection) -> Keeper:
    from courseops.adapters.restic.upkeep import ResticUpkeep  # noqa: PLC0415

    program = site.backup_section(hub).restic
    repository = open_repository(
        hub, place, program=program, folder=site.config.path.parent, state=site.state
    )
    return Keeper(name=name, repository=repository, upkeep=ResticUpkeep(repository))


def _only_hub(site: Site) -> str:
    hubs = list(site.config.hubs)
    if len(hubs) != 1:
        raise CourseOpsError(
            "it is not clear which hub somebody leaves", hint=f"say --hub {'|'.join(hubs) or 'HUB'}"
        )
    return hubs[0]


def kept_by_courses(site: Site, hub: str, username: str) -> tuple[Elsewhere, ...]:
    """Name what the courses that somebody is or was in keep of them, in their own folders."""
    found: list[Elsewhere] = []
    for course_id in site.courses_on(hub):
        was_there = any(
            it.username == username for it in site.store.enrolments.memberships(course_id)
        )
        folder = site.course_section(course_id).folder
        if was_there and folder is not None:
            found.append(
                Elsewhere(
                    what=f"work handed in, grades and feedback in {course_id}",
                    where=str(folder),
                    mend="these are the course's records; its teachers decide how long they stay",
                )
            )
    return tuple(found)


def _elsewhere(site: Site, hub: str, username: str) -> tuple[Elsewhere, ...]:
    """Name what is kept of somebody and is in no backup of their home."""
    ours = Elsewhere(
        what="our own record: enrolments, runs, audit, usage, the tombstone",
        where=place_of_record(site),
        mend="it proves what was done, and is left alone by this command; what of it names them "
        f"and proves nothing: courseops person forget {hub} {username}",
    )
    return (*kept_by_courses(site, hub, username), ours)


def place_of_record(site: Site) -> str:
    """Say where our own record is."""
    return "the database that site.database names" if site.config.site.database else str(site.state)
