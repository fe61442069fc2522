"""A site: every adapter that the configuration speaks of, opened when first asked for.

Adapters are imported where they are opened, so that a command pays only for what it uses.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from courseops.actions.journal import Journal
from courseops.adapters.clock import SystemClock
from courseops.adapters.closing import Closing
from courseops.adapters.history import DATABASE
from courseops.adapters.locks import FileLocks, SeveralLocks
from courseops.adapters.sheds import StateFolders
from courseops.config import BackupSection, Config, CourseSection, HubSection
from courseops.errors import ConfigError, CourseOpsError
from courseops.model.backups.restore import FileVersion
from courseops.wiring.secrets import read_secret

if TYPE_CHECKING:
    from courseops.actions.restores.ports import RestorePorts
    from courseops.adapters.history.looking import FileHistory, OurFile
    from courseops.adapters.nbgrader.course import NbgraderCourse
    from courseops.adapters.restic.repository import Restic
    from courseops.adapters.store import Store
    from courseops.adapters.store.history import StoreHistory
    from courseops.ports.ambient import Locks, Progress
    from courseops.ports.backup import Placer, Volumes
    from courseops.ports.copies import KnownVersions
    from courseops.ports.course import Gradebook
    from courseops.ports.hub import Hub


Held = TypeVar("Held", bound=Closing)
Looking = TypeVar("Looking", bound="OurFile")


def actor_name() -> str:
    """Name who runs this command, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


class Site:
    """
    One configured school: its hubs, its courses, its record of what was done.

    What `actor` does there is recorded as part of the run `within`, if there is one.
    """

    def __init__(self, config: Config, *, actor: str, progress: Progress, within: str = "") -> None:
        self.config = config
        self._actor = actor
        self._within = within
        self._progress = progress
        self._open = ExitStack()
        self._hubs: dict[str, Hub] = {}
        self._courses: dict[str, NbgraderCourse] = {}

    def close(self) -> None:
        """Close whatever was opened."""
        self._open.close()

    @property
    def state(self) -> Path:
        """Give the folder of our own database, locks and staging area."""
        return self.config.site.state

    @property
    def folders(self) -> StateFolders:
        """Give the folders of our state in which files pile up."""
        return StateFolders(self.state)

    @property
    def time_zone(self) -> ZoneInfo:
        """Give the zone in which people here read and write times."""
        return ZoneInfo(self.config.site.time_zone)

    @cached_property
    def store(self) -> Store:
        """Open the database of runs, plans, enrolments and usage."""
        from courseops.adapters.store import open_store, open_store_in  # noqa: PLC0415

        url = self.config.site.database
        opened = open_store(read_secret(url)) if url else open_store_in(self.state)
        return self._open.enter_context(opened)

    @cached_property
    def history(self) -> StoreHistory | FileHistory:
        """Give what became of learners' work, to look at; a file of ours is looked into quickly."""
        from courseops.adapters.history.looking import FileHistory  # noqa: PLC0415

        if looking := self.looked_into(FileHistory):
            return looking
        from courseops.adapters.store.history import StoreHistory  # noqa: PLC0415

        return StoreHistory(self.store)

    @cached_property
    def known_versions(self) -> KnownVersions:
        """Give what is known of the backups, to look at; a file of ours is looked into quickly."""
        from courseops.adapters.history.looking import FileCatalogue  # noqa: PLC0415

        return self.looked_into(FileCatalogue) or self.store.catalogue

    def looked_into(self, kind: Callable[[Path], Looking]) -> Looking | None:
        """Give a quick look into our database; None if it is no file, or of another version."""
        looking = None if self.config.site.database else kind(self.state / DATABASE)
        return looking if looking is not None and looking.is_current() else None

    @cached_property
    def locks(self) -> Locks:
        """Give this machine's locks, with those between machines where they share a database."""
        ours = FileLocks(self.folders.locks)
        # A server that starts anew has forgotten every lock; the kernel of this machine has not.
        return SeveralLocks(ours, self.store.locks) if self.store.locks else ours

    @cached_property
    def journal(self) -> Journal:
        """Open the record that every action writes."""
        return Journal(
            runs=self.store.runs,
            locks=self.locks,
            clock=SystemClock(),
            progress=self._progress,
            actor=self._actor,
            within=self._within,
        )

    def hub_section(self, name: str) -> HubSection:
        """
        Give a hub's configuration.

        Raises:
            CourseOpsError: there is no such hub.
        """
        if name not in self.config.hubs:
            raise _unknown("hub", name, self.config.hubs)
        return self.config.hubs[name]

    def backup_section(self, name: str) -> BackupSection:
        """
        Give what is configured of a hub's backups.

        Raises:
            ConfigError: nothing is.
        """
        section = self.hub_section(name).backup
        if section is None:
            raise ConfigError(
                f"{name} has no repository for backups",
                hint=f"add a section [hubs.{name}.backup] with repository and password",
            )
        return section

    def course_section(self, course_id: str) -> CourseSection:
        """
        Give a course's configuration.

        Raises:
            CourseOpsError: there is no such course.
        """
        if course_id not in self.config.courses:
            raise _unknown("course", course_id, self.config.courses)
        return self.config.courses[course_id]

    def hub(self, name: str) -> Hub:
        """Open a hub, once."""
        if name not in self._hubs:
            from courseops.adapters.hub import JupyterHub  # noqa: PLC0415

            section = self.hub_section(name)
            hub = JupyterHub(
                name=name,
                url=section.url,
                token=read_secret(section.token),
                protected=frozenset(section.protected),
                verify=section.ca_file or True,
            )
            self._hubs[name] = self._open.enter_context(hub)
        return self._hubs[name]

    def courses_on(self, hub: str) -> list[str]:
        """Name the courses of a hub, as the configuration orders them."""
        return [name for name, course in self.config.courses.items() if course.hub == hub]

    def hubs_with_backup(self) -> list[str]:
        """Name the hubs that have a repository in the configuration."""
        return sorted(name for name, hub in self.config.hubs.items() if hub.backup)

    def hubs_with_volumes(self) -> list[str]:
        """Name the hubs of which the configuration says where learners have their files."""
        return sorted(name for name, hub in self.config.hubs.items() if hub.homes or hub.volumes)

    def restore_ports(self, name: str, into: Path | None = None) -> RestorePorts:
        """Give what the restore actions need for one hub; with `into`, they write to no home."""
        from courseops.wiring.restores import restore_ports  # noqa: PLC0415

        return restore_ports(
            name,
            self.config.site,
            self.hub_section(name).backup,
            volumes=self.volumes(name),
            repository=self.repository(name),
            catalogue=self.known_versions,
            mark_broken=self._mark_broken,
            into=into,
        )

    def _mark_broken(self, hub: str, username: str, version: FileVersion) -> None:
        # The store is opened only when there is something to write.
        self.store.catalogue.mark_broken(hub, username, version)

    def restore_placer(self, name: str) -> Placer:
        """Give what places files into the homes of a hub, as their learners."""
        from courseops.adapters.placing.homes import HomePlacer  # noqa: PLC0415

        return HomePlacer(root=self.volumes(name).root, staging=self.folders.staging)

    def keep_open(self, opened: Held) -> Held:
        """Close with the site what was opened for it elsewhere."""
        self._open.enter_context(opened)
        return opened

    def volumes(self, name: str) -> Volumes:
        """
        Give where a hub's homes are.

        Raises:
            ConfigError: the configuration does not say.
        """
        from courseops.wiring.volumes import open_volumes  # noqa: PLC0415

        section = self.hub_section(name)
        return open_volumes(name, section, lambda: self.hub(name), self.config.path.parent)

    def repository(self, name: str) -> Restic:
        """
        Give a hub's restic repository; restic starts when it is asked.

        Raises:
            ConfigError: none is configured.
        """
        from courseops.wiring.repositories import open_repository  # noqa: PLC0415

        backup = self.backup_section(name)
        return open_repository(
            name,
            backup,
            program=backup.restic,
            folder=self.config.path.parent,
            state=self.state,
        )

    def course(self, course_id: str) -> NbgraderCourse:
        """
        Open a course's folder, exchange and gradebook, once; nbgrader starts when it is asked.

        Raises:
            ConfigError: the course has no folder.
        """
        if course_id not in self._courses:
            from courseops.adapters.nbgrader.course import NbgraderCourse  # noqa: PLC0415

            course = NbgraderCourse(
                course_id=course_id,
                folder=self._folder(course_id),
                exchange=self.course_section(course_id).exchange,
                state=self.state,
                language=self.config.site.language,
            )
            self._courses[course_id] = self._open.enter_context(course)
        return self._courses[course_id]

    def gradebook(self, course_id: str) -> Gradebook | None:
        """Open a course's gradebook; None for a course without a folder."""
        has_folder = self.course_section(course_id).folder is not None
        return self.course(course_id).gradebook if has_folder else None

    def _folder(self, course_id: str) -> Path:
        folder = self.course_section(course_id).folder
        if folder is None:
            raise ConfigError(
                f"the course {course_id} has no folder",
                hint=f'add nbgrader\'s course folder to [courses.{course_id}]: folder = "…"',
            )
        return folder


def _unknown(kind: str, name: str, known: Iterable[str]) -> CourseOpsError:
    there = ", ".join(sorted(known)) or "none yet"
    return CourseOpsError(
        f"there is no {kind} called {name}",
        hint=f"config.toml has these: {there}",
    )
