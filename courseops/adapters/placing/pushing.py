"""Place one set of files into many homes, where learners may have planted anything.

The files are staged once. A small program (`pushing_child`) takes a batch of homes and forks
for each of them: the fork becomes the learner and places what is missing. A fork costs some
milliseconds, where a program of its own for each learner would cost some ten times as much.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from courseops.adapters import isolated
from courseops.adapters.folders import FOLDER
from courseops.adapters.placing.staged import StagingArea
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.assignments.push import Pushed, PushedFile
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import parts_of
from courseops.model.batches import batches

_BATCH = 25
_LEARNER_TIMEOUT_SECONDS = 60
_BATCH_TIMEOUT_SECONDS = _BATCH * _LEARNER_TIMEOUT_SECONDS + 60.0
_CHILD = "courseops.adapters.placing.pushing_child"


class HomePusher:
    """Places files in the volumes below `root`, by way of the folder `staging`."""

    def __init__(self, *, root: Path, staging: Path) -> None:
        self._root = root
        self._staging = StagingArea(staging)

    def push(
        self,
        files: Sequence[PushedFile],
        folder: str,
        volumes: Sequence[Volume],
        *,
        dry_run: bool = False,
    ) -> Iterator[Pushed]:
        """
        Place what is missing below `folder` of each home, a batch of homes at a time.

        Raises:
            RefusedError: a path leads out of the folder; nothing was placed.
            CourseOpsError: the folder of all homes cannot be opened.
        """
        wanted: list[dict[str, Any]] = [
            {"parts": [*parts_of(folder), *parts_of(it.path)]} for it in files
        ]
        with self._staging.stage() as staged:
            offset = 0
            for entry, file in zip(wanted, files, strict=True):
                entry.update({"offset": offset, "size": len(file.content)})
                offset += _write(staged, file.content)
            for some in batches(volumes, _BATCH):
                yield from self._push(wanted, files, some, staged, dry_run=dry_run)

    def _push(
        self,
        wanted: Sequence[dict[str, Any]],
        files: Sequence[PushedFile],
        volumes: Sequence[Volume],
        staged: int,
        *,
        dry_run: bool,
    ) -> Iterator[Pushed]:
        top = self._open_root()
        try:
            request = {
                "root_fd": top,
                "staged_fd": staged,
                "files": wanted,
                "homes": [parts_of(it.path) for it in volumes],
                "dry_run": dry_run,
                "timeout_seconds": _LEARNER_TIMEOUT_SECONDS,
            }
            answers: list[dict[str, Any]] = isolated.ask(
                _CHILD,
                request,
                descriptors=(top, staged),
                timeout_seconds=_BATCH_TIMEOUT_SECONDS,
                failure="the files could not be placed",
            )
        finally:
            os.close(top)
        for volume, answer in zip(volumes, answers, strict=True):
            yield _read(volume.username, answer, files)

    def _open_root(self) -> int:
        try:
            return os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise CourseOpsError(
                f"cannot open the folder of all homes: {error.strerror} ({self._root})"
            ) from error

    def holds(self, volume: Volume, folders: Sequence[str]) -> str:
        """
        Give the first of `folders` under which anything lies in a home; empty for none.

        A link on the way counts as something: what is behind it is not looked at.

        Raises:
            RefusedError: we may not look.
        """
        top = self._open_root()
        try:
            home = parts_of(volume.path)
            if not _lies(top, home):
                return ""
            return next((it for it in folders if _lies(top, (*home, *parts_of(it)))), "")
        finally:
            os.close(top)


def _write(staged: int, content: bytes) -> int:
    view = memoryview(content)
    while view:
        view = view[os.write(staged, view) :]
    return len(content)


def _lies(top: int, parts: Sequence[str]) -> bool:
    here = os.dup(top)
    try:
        for number, name in enumerate(parts, start=1):
            status = os.stat(name, dir_fd=here, follow_symlinks=False)
            if number == len(parts) or not stat.S_ISDIR(status.st_mode):
                return True
            below = os.open(name, FOLDER, dir_fd=here)
            os.close(here)
            here = below
    except FileNotFoundError:
        return False
    except PermissionError as error:
        raise RefusedError(
            f"{'/'.join(parts)} cannot be looked at: {error.strerror}", hint="run this as root"
        ) from error
    except OSError:
        # Swapped for a link meanwhile: something is there.
        return True
    finally:
        os.close(here)
    return True


def _read(username: str, answer: dict[str, Any], files: Sequence[PushedFile]) -> Pushed:
    def named(key: str) -> tuple[str, ...]:
        return tuple(files[number].path for number in answer.get(key, ()))

    return Pushed(
        username=username,
        placed=named("placed"),
        same=named("same"),
        differ=named("differ"),
        problem=str(answer.get("problem", "")),
        kind=str(answer.get("kind", "")),
    )
