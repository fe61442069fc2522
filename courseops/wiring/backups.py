"""Open what backing up a hub needs: repositories, homes, databases, and what was configured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from courseops.actions.backups.ports import BackupPorts, BackupRules
from courseops.actions.backups.record import freshness
from courseops.config import BackupSection, DatabaseSection
from courseops.errors import ConfigError
from courseops.model.backups.freshness import Freshness
from courseops.model.backups.retention import Retention
from courseops.model.finding import Finding
from courseops.ports.backup import Upkeep
from courseops.ports.live import LiveDatabase, Still
from courseops.wiring.repositories import open_repository
from courseops.wiring.secrets import read_secret, secret_of
from courseops.wiring.site import Site

if TYPE_CHECKING:
    from courseops.adapters.restic.repository import Restic

_MEGABYTE = 1_000_000


def backup_ports(site: Site, name: str) -> BackupPorts:
    """
    Give what the backup actions need for one hub.

    Raises:
        ConfigError: it has no repository, or where its homes are is not configured.
    """
    from courseops.adapters.live.homes import LiveHomes  # noqa: PLC0415
    from courseops.adapters.placing.staged import StagingArea  # noqa: PLC0415

    section = site.backup_section(name)
    return BackupPorts(
        hub=name,
        volumes=site.volumes(name),
        repository=site.repository(name),
        upkeep=_upkeep(site, name, section),
        catalogue=site.store.catalogue,
        copies=site.store.copies,
        homes=LiveHomes(),
        sizes=site.store.usage,
        staging=StagingArea(site.folders.staging),
        databases=databases_of(site, name),
        still=_still(site, name, section),
        rules=backup_rules(section),
    )


def backup_rules(section: BackupSection) -> BackupRules:
    """Say what was configured of a hub's backups."""
    return BackupRules(
        per_shard=section.learners_a_shard,
        exclude=section.exclude,
        largest_bytes=section.largest_file_mb * _MEGABYTE,
        stale_after=timedelta(hours=section.stale_hours),
        retention=Retention(**section.keep.model_dump()),
        append_only=section.append_only,
        has_second=section.copy_to is not None,
    )


def freshness_of_hubs(site: Site) -> list[Freshness]:
    """Say how the backups of each hub stand that has a repository, by our own record alone."""
    return [
        freshness(name, site.store.copies, backup_rules(site.backup_section(name)), site.journal)
        for name in site.hubs_with_backup()
    ]


def databases_of(site: Site, name: str) -> list[LiveDatabase]:
    """
    Give the databases that are backed up with a hub: its courses' gradebooks and our own unasked.

    Raises:
        ConfigError: two of them have one name.
    """
    from courseops.adapters.live.databases import LaterDatabase  # noqa: PLC0415

    found: list[LiveDatabase] = [
        LaterDatabase(f"gradebook-{course_id}", partial(_gradebook, site, course_id))
        for course_id in site.courses_on(name)
        if site.course_section(course_id).folder is not None
    ]
    found += [_configured(it) for it in site.backup_section(name).databases]
    found.append(_own(site))
    names = [it.name for it in found]
    twice = sorted({it for it in names if names.count(it) > 1})
    if twice:
        raise ConfigError(
            f"two databases of {name} would be called {twice[0]}",
            hint=f"choose another name in [[hubs.{name}.backup.databases]]",
        )
    return found


def looks_at_databases(site: Site, name: str) -> dict[str, Callable[[], Iterator[Finding]]]:
    """Give what `doctor` looks at, by what it is called: each database by itself."""
    return {
        f"backup/{name}/{database.name}": partial(_look, f"backup/{name}", database)
        for database in databases_of(site, name)
    }


def _look(subject: str, database: LiveDatabase) -> Iterator[Finding]:
    yield Finding.ok(subject, f"database {database.name}: {database.preflight()}")


def _upkeep(site: Site, name: str, section: BackupSection) -> Upkeep:
    from courseops.adapters.restic.upkeep import ResticUpkeep  # noqa: PLC0415

    return ResticUpkeep(
        site.repository(name),
        second=second_repository(site, name),
        append_only=section.append_only,
    )


def second_repository(site: Site, name: str) -> Restic | None:
    """Give the repository that gets every snapshot of a hub, too; None if there is none."""
    section = site.backup_section(name)
    if section.copy_to is None:
        return None
    return open_repository(
        name,
        section.copy_to,
        program=section.restic,
        folder=site.config.path.parent,
        state=site.state,
    )


def _still(site: Site, name: str, section: BackupSection) -> Still | None:
    from courseops.adapters.live.stills import CommandStill  # noqa: PLC0415

    if section.still is None:
        return None
    return CommandStill(
        hub=name,
        make=section.still.make,
        root=section.still.root,
        remove=section.still.remove,
        note=site.state / "stills" / f"{name}.json",
    )


def _configured(section: DatabaseSection) -> LiveDatabase:
    from courseops.adapters.live.databases import PostgresDatabase, SqliteDatabase  # noqa: PLC0415

    if section.postgres is not None:
        return PostgresDatabase(section.name, secret_of(section.postgres))
    return SqliteDatabase(section.name, section.sqlite or Path())


def _gradebook(site: Site, course_id: str) -> LiveDatabase:
    from courseops.adapters.live.databases import database_at  # noqa: PLC0415

    root, address = site.course(course_id).gradebook_address()
    # nbgrader makes it with the first assignment.
    return database_at(f"gradebook-{course_id}", address, Path(root), may_be_missing=True)


def _own(site: Site) -> LiveDatabase:
    from courseops.adapters.history import DATABASE  # noqa: PLC0415
    from courseops.adapters.live.databases import LaterDatabase, database_at  # noqa: PLC0415

    url = site.config.site.database
    if url is None:
        return database_at("courseops", f"sqlite:///{DATABASE}", site.state)
    return LaterDatabase("courseops", lambda: database_at("courseops", read_secret(url), Path()))
