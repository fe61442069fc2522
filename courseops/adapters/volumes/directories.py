"""Volumes that are plain folders, named after the learner: /home/{username}.

Fits homes of system users (SystemUserSpawner, The Littlest JupyterHub), of one NFS export
and, with /var/lib/docker/volumes/jupyterhub-user-{username}/_data, of DockerSpawner, as far
as usernames need no escaping there:
https://jupyterhub-dockerspawner.readthedocs.io/en/latest/data-persistence.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from courseops.errors import ConfigError, CourseOpsError, RefusedError
from courseops.model.backup import Volume, VolumeSurvey
from courseops.model.run import Outcome

_MARK = "{username}"
# mke2fs puts this folder at the top of each file system; it is nobody's home.
_NOBODYS = {"lost+found"}


class DirectoryVolumes:
    """
    The folders that `template` describes, such as "/home/{username}".

    What is above the one part with "{username}" is the root, and is trusted: it must not
    be writable for learners.
    """

    def __init__(self, template: str) -> None:
        top, mark, below = template.partition(_MARK)
        root, slash, before = top.rpartition("/")
        after, *deeper = below.split("/")
        if not mark or not slash or not template.startswith("/") or _MARK in below:
            raise ConfigError(
                f"{template!r} does not say where the homes are",
                hint="write an absolute path with {username} in it, once: /home/{username}",
            )
        self._root = Path(root or "/")
        self._before, self._after, self._deeper = before, after, [part for part in deeper if part]

    @property
    def root(self) -> Path:
        """Give the folder that every volume's path is relative to."""
        return self._root

    def volume_of(self, username: str) -> Volume:
        """
        Say where a learner's volume is or would be; it need not exist.

        Raises:
            RefusedError: no folder can be named after `username`.
        """
        if not username or username.startswith(".") or "/" in username or "\0" in username:
            raise RefusedError(
                f"no home can be named after the user {username!r}",
                hint="a username must not be empty, start with a dot or hold a slash",
            )
        top = f"{self._before}{username}{self._after}"
        return Volume(username=username, path="/".join([top, *self._deeper]))

    def survey(self) -> VolumeSurvey:
        """
        List every volume that is there, whoever it belongs to, and what is refused as one.

        Raises:
            CourseOpsError: the root is not there, or may not be read.
        """
        volumes, refused = [], []
        for volume in sorted(self._candidates(), key=lambda volume: volume.path):
            link = self._link_in(volume)
            if link is not None:
                refused.append(
                    Outcome.failed(
                        volume.username,
                        f"{link} is a symbolic link",
                        kind="volume-is-a-link",
                        mend="let volumes in config.toml name the folder it leads to",
                    )
                )
            elif (self._root / volume.path).is_dir():
                volumes.append(volume)
        return VolumeSurvey(volumes=tuple(volumes), refused=tuple(refused))

    def _candidates(self) -> Iterator[Volume]:
        try:
            names = [entry.name for entry in self._root.iterdir()]
        except OSError as error:
            raise CourseOpsError(
                f"cannot read the folder of all homes: {error.strerror} ({self._root})",
                hint="set volumes in config.toml to where the homes are",
            ) from error
        for name in names:
            username = name.removeprefix(self._before).removesuffix(self._after)
            fits = name == f"{self._before}{username}{self._after}"
            if fits and username and not username.startswith(".") and name not in _NOBODYS:
                yield self.volume_of(username)

    def _link_in(self, volume: Volume) -> Path | None:
        path = self._root
        for part in volume.path.split("/"):
            path /= part
            if path.is_symlink():
                return path
        return None
