"""Make submitted/ hold what a course works with, one learner's folder in one step."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from courseops.adapters.collecting.walking import FOLDER, Found, Limits, RefusedError, survey
from courseops.adapters.collecting.walking import stamp_of as stamp_of_files
from courseops.adapters.collecting.writing import unusable, write_all

_EVERYTHING = Limits(files=1_000_000, depth=100)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_IN_THE_WAY = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """
    Where nbgrader keeps this course's submissions: `submitted` has `{learner}` and `{assignment}`.

    With `groupshared`, all of a group may write, as nbgrader's option of that name has it.
    """

    root: Path
    submitted: str
    groupshared: bool = False

    def submission(self, name: str, learner: str) -> str:
        """Say where nbgrader looks for one learner's work."""
        place = self.submitted.replace("{assignment}", name).replace("{learner}", learner)
        return place.rstrip("/")


@dataclass(frozen=True)
class Shown:
    """One file as submitted/ is to hold it."""

    pieces: Iterable[bytes]
    modified_ns: int


def show(place: str, files: Mapping[str, Shown], *, groupshared: bool) -> str:
    """Put a folder with these files in its place, whatever was there; give its stamp."""
    above, _, own = place.rpartition("/")
    token = secrets.token_hex(4)
    fresh, old = f"{above}/.{own}.new-{token}", f"{above}/.{own}.old-{token}"
    try:
        _make_all(above)
        try:
            found = _write(fresh, files, groupshared=groupshared)
            _swap(fresh, place, old)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
    except OSError as error:
        raise unusable(error) from error
    return stamp_of_files(found)


def stamp_of(place: str) -> str:
    """Name how a folder looks now; empty if it is not there."""
    try:
        top = os.open(place, FOLDER)
    except OSError:
        return ""
    try:
        return survey(top, _EVERYTHING).stamp
    except (OSError, RefusedError):
        return "unreadable"
    finally:
        os.close(top)


def _make_all(folder: str) -> None:
    try:
        os.mkdir(folder)  # noqa: PTH102 -- a thousand times, in strings
    except FileExistsError:
        return
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103


def _write(top: str, files: Mapping[str, Shown], *, groupshared: bool) -> list[Found]:
    _make(top, groupshared=groupshared)
    made = {""}
    found = []
    for path in sorted(files):
        inside = ""
        for part in path.split("/")[:-1]:
            inside = f"{inside}/{part}"
            if inside not in made:
                _make(f"{top}{inside}", groupshared=groupshared)
                made.add(inside)
        status = _write_file(f"{top}/{path}", files[path], 0o664 if groupshared else 0o644)
        found.append(Found.of(path, status))
    return found


def _make(folder: str, *, groupshared: bool) -> None:
    os.mkdir(folder, 0o2770 if groupshared else 0o755)  # noqa: PTH102
    if groupshared:
        os.chmod(folder, 0o2775)  # noqa: PTH101, S103 -- as `groupshared` has it


def _write_file(path: str, file: Shown, mode: int) -> os.stat_result:
    descriptor = os.open(path, _NEW, mode)
    try:
        for piece in file.pieces:
            write_all(descriptor, piece)
        os.fchmod(descriptor, mode)
        os.utime(descriptor, ns=(file.modified_ns, file.modified_ns))
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _swap(fresh: str, place: str, old: str) -> None:
    try:
        os.rename(fresh, place)  # noqa: PTH104
    except OSError as error:
        if error.errno not in _IN_THE_WAY:
            raise
        os.rename(place, old)  # noqa: PTH104
        os.rename(fresh, place)  # noqa: PTH104
        _remove(old)


def _remove(old: str) -> None:
    """Remove what was replaced; nbgrader leaves folders that even their owner cannot write to."""
    if os.path.islink(old) or not os.path.isdir(old):  # noqa: PTH112, PTH114
        os.unlink(old)  # noqa: PTH108
        return
    for at, folders, _ in os.walk(old):
        for below in folders:
            if not os.path.islink(f"{at}/{below}"):  # noqa: PTH114
                os.chmod(f"{at}/{below}", 0o700)  # noqa: PTH101
    shutil.rmtree(old)
