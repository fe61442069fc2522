"""Take away the homes of those who left, where a learner may have planted anything.

We ourselves only look, and never through a link; a small child process becomes the
learner for good and removes what an archive holds, as it is now, and nothing else
(`removing_child`). At the end we take the empty folder out of the root, which is trusted.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from courseops.adapters import isolated
from courseops.adapters.collecting.walking import entered
from courseops.adapters.leaving.removing_child import Emptying, Request
from courseops.adapters.powers import may_become_others
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import parts_of
from courseops.model.leaving.parting import KeptFile

TIMEOUT_SECONDS = 60 * 60.0

# https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")
_CHILD = "courseops.adapters.leaving.removing_child"


class HomeRemover:
    """Removes volumes that are plain folders below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def obstacle(self, volume: Volume) -> str:
        """Say why a volume cannot be removed from here; empty if it can."""
        *above, name = parts_of(volume.path)
        try:
            with entered(self._root, above) as parent:
                top = os.stat(name, dir_fd=parent, follow_symlinks=False)
        except OSError as error:
            return f"has a home that cannot be looked at: {error.strerror}"
        if mounted := _mounted_in(self._root / volume.path):
            return f"has a home with a file system mounted at {mounted}: unmount that first"
        if top.st_uid == 0:
            return "has a home that belongs to root: give it to the learner first (chown)"
        if os.geteuid() != top.st_uid and not may_become_others():
            return "has a home that is another account's than the one who runs this: run it as root"
        return ""

    def unkept(self, volume: Volume, kept: Sequence[KeptFile]) -> list[str]:
        """
        Give what lies in a volume and is not, with this size and time of change, in `kept`.

        Raises:
            CourseOpsError: the volume cannot be looked into.
        """
        try:
            with self._home(volume) as top:
                request = Request(top_fd=top, only_look=True, **_going(kept))
                return list(Emptying(request).left_in(top, ""))
        except OSError as error:
            raise CourseOpsError(
                f"the home of {volume.username} cannot be looked into: {error.strerror}"
            ) from error

    def remove(self, volume: Volume, kept: Sequence[KeptFile]) -> list[str]:
        """
        Remove a volume, as the learner and through no link; give what is still there.

        Raises:
            CourseOpsError: nothing was removed.
        """
        if obstacle := self.obstacle(volume):
            raise RefusedError(f"{volume.username} {obstacle}")
        with self._home(volume) as top:
            left = _ask_child(volume, top, kept)
        return left or self._take_out(volume)

    def _take_out(self, volume: Volume) -> list[str]:
        """Remove the empty folder, and what else of its path was only there to hold it."""
        *above, name = parts_of(volume.path)
        try:
            with entered(self._root, above) as parent:
                os.rmdir(name, dir_fd=parent)
        except OSError as error:
            return [f"{volume.path}: {error.strerror}"]
        while above:
            *above, name = above
            try:
                with entered(self._root, above) as parent:
                    os.rmdir(name, dir_fd=parent)
            except OSError:
                break
        return []

    @contextmanager
    def _home(self, volume: Volume) -> Iterator[int]:
        with ExitStack() as opened:
            try:
                top = opened.enter_context(entered(self._root, parts_of(volume.path)))
            except OSError as error:
                raise RefusedError(
                    f"there is no home of {volume.username} at {self._root / volume.path}: "
                    f"{error.strerror}",
                    hint="was it moved, or is it a link?",
                ) from error
            yield top


class EngineRemover(HomeRemover):
    """Looks into the volumes of a container engine, which alone can remove them."""

    def obstacle(self, volume: Volume) -> str:
        """Say what removes the volume."""
        name = parts_of(volume.path)[0]
        return f"has a volume that only its engine removes: docker volume rm {shlex.quote(name)}"


def _mounted_in(home: Path) -> str:
    """Name what is mounted on a home or below it; a bind mount looks like any other folder."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""  # no Linux; the child still stops where another file system begins
    places = (_ESCAPED.sub(lambda it: chr(int(it[1], 8)), line.split(" ")[4]) for line in lines)
    top = str(home.resolve())
    return next((it for it in places if it == top or it.startswith(f"{top}/")), "")


def _going(kept: Sequence[KeptFile]) -> dict[str, Any]:
    return {
        "files": {it.path: [it.size_bytes, it.modified_us] for it in kept if not it.is_link},
        "links": {it.path: it.sha256 for it in kept if it.is_link},
    }


def _ask_child(volume: Volume, top: int, kept: Sequence[KeptFile]) -> list[str]:
    request: dict[str, object] = {"top_fd": top, **_going(kept)}
    if may_become_others():
        status = os.fstat(top)
        request |= {"uid": status.st_uid, "gid": status.st_gid}
    answer: dict[str, Any] = isolated.ask(
        _CHILD,
        request,
        descriptors=(top,),
        timeout_seconds=TIMEOUT_SECONDS,
        failure=f"the home of {volume.username} could not be removed",
    )
    return [str(it) for it in answer["left"]]
