"""File systems that stand still while they are read: by commands that ops configured.

ZFS, btrfs and LVM can all do it, each in its own words, so the words are not ours. What is made
is written down before it is made: a process that is killed leaves it behind, and the next one
takes it away first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from courseops.adapters import process
from courseops.adapters.folders import make_private
from courseops.adapters.surroundings import inherited_environment
from courseops.errors import CourseOpsError

TIMEOUT_SECONDS = 10 * 60.0


class CommandStill:
    """
    Makes and removes one by commands; `root` is where the folder of all homes is in it.

    `{hub}` and `{moment}` in any of them are filled in. What is there is noted in the file
    `note` of ours.
    """

    def __init__(
        self, *, hub: str, make: Sequence[str], root: Path, remove: Sequence[str], note: Path
    ) -> None:
        self._hub = hub
        self._make = tuple(make)
        self._root = root
        self._remove = tuple(remove)
        self._note = note

    def make(self, moment: datetime) -> Path:
        """
        Make it, and say where the folder of all homes is in it.

        Raises:
            CourseOpsError: it cannot be made; nothing of it is left.
        """
        if self._note.exists():
            # Whoever made it was killed. It may be gone all the same, so this may fail.
            with suppress(CourseOpsError):
                self.remove()
        words = {"hub": self._hub, "moment": f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"}
        self._write_down(words)
        try:
            _insist(self._make, words)
            root = Path(_filled(str(self._root), words))
            if not root.is_dir():
                raise CourseOpsError(
                    f"there is no folder {root} after {self._make[0]} made it",
                    hint="see `root` in the section [….backup.still]",
                )
        except BaseException:
            with suppress(CourseOpsError):
                self.remove()
            raise
        return root

    def remove(self) -> None:
        """
        Take away what was made; where nothing is noted, there is nothing.

        Raises:
            CourseOpsError: it is still there.
        """
        try:
            words = json.loads(self._note.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise CourseOpsError(f"cannot read {self._note}: {error}") from error
        _insist(self._remove, words)
        self._note.unlink(missing_ok=True)

    def _write_down(self, words: Mapping[str, str]) -> None:
        try:
            make_private(self._note.parent)
            self._note.write_text(json.dumps(words), encoding="utf-8")
        except OSError as error:
            raise CourseOpsError(
                f"cannot write {self._note}: {error.strerror}",
                hint="make site.state in config.toml a folder that courseops may write to",
            ) from error


def _insist(command: Sequence[str], words: Mapping[str, str]) -> None:
    args = [_filled(part, words) for part in command]
    done = process.run(args, env=inherited_environment(), timeout_seconds=TIMEOUT_SECONDS)
    if done.code != 0:
        said = done.stderr.strip().rpartition("\n")[2] or "it did not say why"
        raise CourseOpsError(
            f"{' '.join(args)} failed with {done.code}: {said}",
            hint="try it by hand; it is in the section [….backup.still] of config.toml",
        )


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text
