"""Volumes of which somebody keeps a list: a CSV or TOML file, or a command that prints the CSV.

    username,folder                    alice = "2026/alice"
    alice,2026/alice                   bob = "2025/bob"

For what no rule describes; folders are below one root, or absolute and in it all the same.
"""

from __future__ import annotations

import csv
import io
import os
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from courseops.adapters.process import run
from courseops.adapters.volumes.looking import survey_of
from courseops.errors import ConfigError, CourseOpsError, RefusedError
from courseops.model.backups.backup import Volume, VolumeSurvey

_COLUMNS = ["username", "folder"]
_HINT = "a list of volumes has the columns username and folder, and one row a learner"
_TIMEOUT_SECONDS = 300.0
_SHOWN = 5

Rows = list[tuple[str, str]]


class ListedVolumes:
    """
    The volumes that a list names, all of them below `root`.

    `read` gives the list's rows; it is read once.
    """

    def __init__(self, root: Path, read: Callable[[], Rows]) -> None:
        self._root = root
        self._read = read

    @property
    def root(self) -> Path:
        """Give the folder that every volume's path is relative to."""
        return self._root

    def volume_of(self, username: str) -> Volume:
        """
        Say where a learner's volume is or would be; it need not exist.

        Raises:
            RefusedError: the list gives nothing to `username`.
            ConfigError: it is no list, or no good one.
        """
        if username not in self._paths:
            raise RefusedError(
                f"the list of volumes names no folder of {username!r}",
                hint="add a row for this learner to it",
            )
        return Volume(username=username, path=self._paths[username])

    def survey(self, usernames: Collection[str] = ()) -> VolumeSurvey:  # noqa: ARG002 -- named
        """
        List every volume of the list that is there, and what is refused as one.

        Raises:
            CourseOpsError: the root is not there, or the list cannot be had.
        """
        if not self._root.is_dir():
            raise CourseOpsError(
                f"the folder of all volumes is not there: {self._root}",
                hint="let root in config.toml name the folder that the list's folders are in",
            )
        listed = [Volume(username=name, path=path) for name, path in self._paths.items()]
        found = survey_of(self._root, listed)
        known = {it.username for it in found.volumes} | {it.subject for it in found.refused}
        return VolumeSurvey(
            volumes=found.volumes,
            refused=found.refused,
            warnings=tuple(_not_there([it for it in listed if it.username not in known])),
        )

    @cached_property
    def _paths(self) -> Mapping[str, str]:
        """Give each learner's path below the root, every problem of the list at once."""
        paths: dict[str, str] = {}
        problems: list[str] = []
        for number, (username, folder) in enumerate(self._read(), start=1):
            try:
                path = _below(self._root, folder)
            except ValueError as error:
                problems.append(f"entry {number}, {username}: {folder!r} {error}")
                continue
            if username in paths:
                problems.append(f"entry {number}: {username} is listed twice")
            paths.setdefault(username, path)
        problems += _shared(paths)
        if problems:
            raise ConfigError("the list of volumes is not usable", problems=problems, hint=_HINT)
        return paths


def _below(root: Path, folder: str) -> str:
    path = PurePosixPath(folder)
    if path.is_absolute():
        if not path.is_relative_to(root):
            raise ValueError(f"is not in {root}")
        path = path.relative_to(root)
    if ".." in path.parts or "\0" in folder or not path.parts:
        raise ValueError("is no folder below the root")
    return str(path)


def _shared(paths: Mapping[str, str]) -> Iterator[str]:
    """Complain of folders that two learners have, whole or one inside the other's."""
    owner: dict[str, str] = {}
    for username, path in paths.items():
        owner.setdefault(path, username)
    for username, path in paths.items():
        if owner[path] != username:
            yield f"{owner[path]} and {username} have the same folder: {path}"
        for above in map(str, PurePosixPath(path).parents):
            if above in owner:
                yield f"the folder of {username} is inside that of {owner[above]}: {path}"


def _not_there(absent: Sequence[Volume]) -> Iterator[str]:
    if absent:
        shown = ", ".join(f"{it.username} ({it.path})" for it in absent[:_SHOWN])
        more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
        yield f"{len(absent)} folders of the list are not there: {shown}{more}"


def listed_in(path: Path) -> Callable[[], Rows]:
    """Read the list in a file: TOML where it is named so, else CSV."""

    def read() -> Rows:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the list of volumes {path}: {error}") from error
        return _toml_rows(text, path) if path.suffix.lower() == ".toml" else _csv_rows(text)

    return read


def listed_by(command: Sequence[str], folder: Path) -> Callable[[], Rows]:
    """Run a command in `folder` and read the CSV that it prints."""

    def read() -> Rows:
        done = run(command, env=os.environ, timeout_seconds=_TIMEOUT_SECONDS, cwd=folder)
        if done.code != 0:
            said = done.stderr.strip().splitlines()
            raise CourseOpsError(
                f"{command[0]} was to list the volumes and ended with {done.code}: "
                f"{said[-1] if said else 'it said nothing'}"
            )
        try:
            return _csv_rows(done.stdout.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ConfigError(f"what {command[0]} prints is no UTF-8", hint=_HINT) from error

    return read


def _csv_rows(text: str) -> Rows:
    lines = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if any(row)]
    if not lines or lines[0] != _COLUMNS:
        raise ConfigError(
            f"the list of volumes does not begin with {','.join(_COLUMNS)}", hint=_HINT
        )
    if short := [row for row in lines[1:] if len(row) != len(_COLUMNS) or not all(row)]:
        raise ConfigError(
            "the list of volumes has rows that are not a username and a folder",
            problems=[",".join(row) for row in short],
            hint=_HINT,
        )
    return [(username, folder) for username, folder in lines[1:]]


def _toml_rows(text: str, path: Path) -> Rows:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the list of volumes {path} is not TOML: {error}") from error
    if odd := [name for name, folder in table.items() if not isinstance(folder, str)]:
        raise ConfigError(
            "the list of volumes gives some learners no folder",
            problems=odd,
            hint='write one line a learner: alice = "2026/alice"',
        )
    return list(table.items())
