"""Volumes that a Docker engine keeps: jupyterhub-user-{username}, as DockerSpawner names them.

The engine is asked what there is and where; of a name that does not tell whose it is, it is asked
which hub user's server mounts it. The files are read where the engine keeps them, so courseops
must run on its machine, or have that folder mounted:
https://jupyterhub-dockerspawner.readthedocs.io/en/latest/data-persistence.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

from courseops.adapters.volumes.engine import DockerEngine, VolumeModel
from courseops.adapters.volumes.looking import survey_of
from courseops.adapters.volumes.naming import NAMINGS, Naming
from courseops.adapters.volumes.owners import Accounts, Owners, folder_of, nobody_knows
from courseops.adapters.volumes.template import split_template
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume, VolumeSurvey
from courseops.model.run import Outcome

# Below a volume's folder, where its files are.
_FILES = "_data"


class DockerVolumes:
    """
    The named volumes of an engine whose names `template` describes.

    `root` is where the engine's folder of volumes is here, if elsewhere than the engine says;
    `accounts` helps where a name alone does not tell whose a volume is.
    """

    def __init__(
        self,
        engine: DockerEngine,
        template: str,
        namings: Sequence[Naming] = NAMINGS["escape"],
        *,
        root: Path | None = None,
        accounts: Accounts = nobody_knows,
    ) -> None:
        _, self._template = split_template(f"/{template}/{_FILES}", namings)
        self._engine = engine
        self._here = root
        self._accounts = accounts
        self._listed: dict[str, VolumeModel] | None = None
        self._there: Path | None = None

    @property
    def root(self) -> Path:
        """
        Give the folder that every volume's path is relative to.

        Raises:
            UnreachableError: the engine does not answer.
        """
        return self._here or self._engines_folder()

    def volume_of(self, username: str) -> Volume:
        """
        Say where a learner's volume is or would be; it need not exist.

        Raises:
            RefusedError: no volume can be named after `username`.
            UnreachableError: the engine does not answer.
        """
        folder = folder_of(
            self._template,
            username,
            is_there=self._volumes().__contains__,
            told=self._told,
            accounts=self._accounts,
            everything=self._volumes,
        )
        return Volume(username=username, path=self._template.path(folder))

    def survey(self, usernames: Collection[str] = ()) -> VolumeSurvey:
        """
        List every volume that the engine has, whoever it belongs to, and what is refused as one.

        Raises:
            CourseOpsError: the engine does not answer, or its folder is not here.
        """
        self._listed = None
        self._refuse_if_elsewhere()
        owners = Owners(self._template, self._volumes(), usernames, self._told, self._accounts)
        found = owners.volumes()
        refused = {it.path: odd for it in found if (odd := self._oddity(it)) is not None}
        return survey_of(
            self.root,
            [it for it in found if it.path not in refused],
            refused=[refused[path] for path in sorted(refused)],
            warnings=owners.doubles(),
            absent=_is_not_here,
        )

    def _volumes(self) -> Mapping[str, VolumeModel]:
        """Give the volumes that are named as a learner's, as the engine last listed them."""
        if self._listed is None:
            listed = self._engine.volumes()
            self._listed = {it.name: it for it in listed if self._template.fits(it.name)}
        return self._listed

    def _told(self, names: Collection[str]) -> Mapping[str, str]:
        return self._engine.users_of(set(names)) if names else {}

    def _engines_folder(self) -> Path:
        if self._there is None:
            self._there = Path(self._engine.folder())
        return self._there

    def _refuse_if_elsewhere(self) -> None:
        try:
            is_here = self.root.is_dir()
        except PermissionError as error:
            raise CourseOpsError(
                f"the engine's folder of volumes may not be looked into: {self.root}",
                hint="run courseops as root",
            ) from error
        if not is_here:
            raise CourseOpsError(
                f"the engine's folder of volumes is not on this machine: {self.root}",
                hint="run courseops where the engine runs, or let root in config.toml name the "
                "folder that it is mounted at",
            )

    def _oddity(self, volume: Volume) -> Outcome | None:
        """Refuse what the engine does not itself keep: its folder is empty, or elsewhere."""
        name = volume.path.partition("/")[0]
        listed = self._volumes()[name]
        if listed.driver == "local" and not listed.device:
            kept = PurePosixPath(listed.mountpoint).parent.parent
            if kept == PurePosixPath(self._engines_folder()):
                return None
            return _is_elsewhere(volume, f"Docker keeps {name} at {listed.mountpoint}")
        if listed.driver == "local":
            return _is_elsewhere(
                volume, f"the files of {name} are in {listed.device}, mounted only while in use"
            )
        return _is_elsewhere(volume, f"the driver {listed.driver} keeps the files of {name}")


def _is_elsewhere(volume: Volume, reason: str) -> Outcome:
    return Outcome.failed(
        volume.username,
        reason,
        kind="volume-is-elsewhere",
        mend="let volumes in config.toml name the folder that holds the files themselves",
    )


def _is_not_here(volume: Volume) -> Outcome:
    return Outcome.failed(
        volume.username,
        f"Docker lists it, but {volume.path} is not there",
        kind="volume-is-elsewhere",
        mend="see whether root in config.toml is the engine's own folder of volumes",
    )
