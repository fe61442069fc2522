"""Volumes that are plain folders named after the learner: /home/{username}.

Fits homes of system users (SystemUserSpawner, The Littlest JupyterHub) and those of one NFS
export. On Kubernetes it fits where an export holds a folder a learner (subPath) or a claim; what
asks the cluster itself would stand beside this module, behind the same port.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from courseops.adapters.volumes.looking import survey_of
from courseops.adapters.volumes.naming import PLAIN, Naming
from courseops.adapters.volumes.owners import (
    Accounts,
    Owners,
    Told,
    folder_of,
    nobody_knows,
    nobody_tells,
)
from courseops.adapters.volumes.template import split_template
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume, VolumeSurvey
from courseops.model.run import Outcome


class DirectoryVolumes:
    """
    The folders that `template` describes, such as "/home/{username}".

    What is above the one part with "{username}" is the root, and is trusted: it must not
    be writable for learners. `namings` say how usernames are spelled there; `told` and
    `accounts` help where a name alone does not tell whose a folder is.
    """

    def __init__(
        self,
        template: str,
        namings: Sequence[Naming] = PLAIN,
        *,
        told: Told = nobody_tells,
        accounts: Accounts = nobody_knows,
    ) -> None:
        self._root, self._template = split_template(template, namings)
        self._told = told
        self._accounts = accounts

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
        folder = folder_of(
            self._template,
            username,
            is_there=self._is_there,
            told=self._told,
            accounts=self._accounts,
            everything=self._folders,
        )
        return Volume(username=username, path=self._template.path(folder))

    def survey(self, usernames: Collection[str] = ()) -> VolumeSurvey:
        """
        List every volume that is there, whoever it belongs to, and what is refused as one.

        Raises:
            CourseOpsError: the root is not there, or may not be read.
        """
        folders = self._folders()
        readable = [it for it in folders if _is_text(it)]
        owners = Owners(self._template, readable, usernames, self._told, self._accounts)
        return survey_of(
            self._root,
            owners.volumes(),
            refused=[_is_no_text(it) for it in folders if not _is_text(it)],
            warnings=owners.doubles(),
        )

    def _folders(self) -> list[str]:
        """Name everything in the root that is named as a learner's folder, links included."""
        try:
            with os.scandir(self._root) as entries:
                return [
                    it.name
                    for it in entries
                    if self._template.fits(it.name)
                    and (it.is_dir(follow_symlinks=False) or it.is_symlink())
                ]
        except OSError as error:
            raise CourseOpsError(
                f"cannot read the folder of all homes: {error.strerror} ({self._root})",
                hint="let config.toml say where the homes are",
            ) from error

    def _is_there(self, folder: str) -> bool:
        return os.path.lexists(self._root / folder)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_no_text(name: str) -> Outcome:
    return Outcome.failed(
        name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        "the name of the folder is no text",
        kind="volume-is-no-text",
        mend="rename the folder: no account can be called so",
    )
