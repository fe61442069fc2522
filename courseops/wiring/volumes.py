"""Open where a hub's learners have their files: folders, Docker's volumes, or a list.

What asks a Kubernetes cluster for its claims would be one more way here. Adapters are imported
where they are opened, so that a command pays only for what it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from functools import cache
from pathlib import Path

from courseops.config import HubSection, VolumesSection
from courseops.errors import ConfigError, CourseOpsError
from courseops.ports.backup import Volumes
from courseops.ports.hub import Hub


def open_volumes(name: str, section: HubSection, hub: Callable[[], Hub], folder: Path) -> Volumes:
    """
    Give where a hub's learners have their files; `hub` opens it, if it must be asked.

    `folder` is the configuration's, in which commands run.

    Raises:
        ConfigError: the configuration does not say.
    """
    if section.volumes is None:
        if section.homes is None:
            raise ConfigError(
                f"where the homes of {name} are is not configured",
                hint=f'add to [hubs.{name}]: homes = "/home/{{username}}"',
            )
        return _folders(VolumesSection(folder=section.homes), hub)
    if section.volumes.docker is not None:
        return _docker(section.volumes, hub)
    if section.volumes.folder is not None:
        return _folders(section.volumes, hub)
    return _listed(section.volumes, folder)


def about(section: HubSection) -> str:
    """Say in words how a hub's volumes are found."""
    volumes = section.volumes
    if volumes is None:
        return f"homes {section.homes}"
    if volumes.map is not None:
        return f"the list {volumes.map}"
    if volumes.command is not None:
        return f"what {volumes.command[0]} prints"
    named = f"names: {', '.join(volumes.words)}"
    if volumes.docker is not None:
        return f"Docker's volumes {volumes.docker} at {volumes.engine} ({named})"
    return f"folders {volumes.folder} ({named})"


def _folders(section: VolumesSection, hub: Callable[[], Hub]) -> Volumes:
    from courseops.adapters.volumes.claims import told_by_claims  # noqa: PLC0415
    from courseops.adapters.volumes.directories import DirectoryVolumes  # noqa: PLC0415
    from courseops.adapters.volumes.naming import namings_of  # noqa: PLC0415
    from courseops.adapters.volumes.owners import nobody_tells  # noqa: PLC0415

    assert section.folder is not None  # the section has one kind
    return DirectoryVolumes(
        section.folder,
        namings_of(section.words),
        told=told_by_claims(lambda: hub().volume_claims()) if section.ask_hub else nobody_tells,
        accounts=_accounts_of(hub),
    )


def _docker(section: VolumesSection, hub: Callable[[], Hub]) -> Volumes:
    from courseops.adapters.volumes.docker import DockerVolumes  # noqa: PLC0415
    from courseops.adapters.volumes.engine import DockerEngine  # noqa: PLC0415
    from courseops.adapters.volumes.naming import namings_of  # noqa: PLC0415

    assert section.docker is not None  # the section has one kind
    return DockerVolumes(
        DockerEngine(section.engine),
        section.docker,
        namings_of(section.words),
        root=section.root,
        accounts=_accounts_of(hub),
    )


def _listed(section: VolumesSection, folder: Path) -> Volumes:
    from courseops.adapters.volumes.listed import ListedVolumes, listed_by, listed_in  # noqa: PLC0415

    assert section.root is not None  # a list has one
    if section.map is not None:
        return ListedVolumes(section.root, listed_in(section.map))
    assert section.command is not None  # the section has one kind
    return ListedVolumes(section.root, listed_by(section.command, folder))


def _accounts_of(hub: Callable[[], Hub]) -> Callable[[], Collection[str] | None]:
    @cache
    def accounts() -> frozenset[str] | None:
        # Somebody's work must come back while the hub is down, too.
        with suppress(CourseOpsError):
            return frozenset(user.name for user in hub().users())
        return None

    return accounts
