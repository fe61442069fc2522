"""What was collected, for good, below collected/ in the course folder; and submitted/ beside it.

    collected/ASSIGNMENT/LEARNER/20260302T225901.000000Z-0123456789ab/    the files, untouched
    collected/ASSIGNMENT/LEARNER/20260302T225901.000000Z-0123456789ab.manifest.json  .sig  …

`collected/ASSIGNMENT/.shown.json` says of each learner which of them submitted/ was last made to
hold, and how its files looked then, so that what a teacher or nbgrader itself changed there is
seen. It is written when a collection settles: of what a killed one had shown it knows nothing, and
the next collection takes that for somebody else's, which costs a copy and loses nothing.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from courseops.adapters.collecting.incoming import FolderIncoming, pieces, write_over
from courseops.adapters.collecting.stamps import write_stamp
from courseops.adapters.collecting.walking import FOLDER, Limits, RefusedError, survey
from courseops.adapters.folders import make_private
from courseops.errors import CourseOpsError
from courseops.model.candidate import Bounds
from courseops.model.manifest import Manifest

_SHOWN = ".shown.json"
_INCOMING = ".incoming-"
_EVERYTHING = Limits(files=1_000_000, depth=100)
_SECRET, _STAMP = "submission_secret.txt", "timestamp.txt"


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


class FolderArchive:
    """The archive of one course; `layout` is asked for when it is needed."""

    def __init__(self, layout: Callable[[], Layout]) -> None:
        self._layout = layout
        self._marks: dict[str, dict[str, dict[str, str]]] = {}
        self._changed: set[str] = set()

    @contextmanager
    def begin(self, name: str, learner: str, bounds: Bounds) -> Iterator[FolderIncoming]:
        """Open an empty submission of a learner; what a killed run left half done is removed."""
        home = self._home(name, learner)
        folder = f"{home}/{_INCOMING}{secrets.token_hex(4)}"
        try:
            _clear(home)
            os.mkdir(folder, 0o700)  # noqa: PTH102
        except OSError as error:
            raise _unusable(error) from error
        try:
            yield FolderIncoming(Path(folder), Path(home), bounds)
        finally:
            if os.path.lexists(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def learners(self, name: str) -> list[str]:
        """Name those of whom something is kept."""
        names = _names(f"{self._layout().root}/collected/{name}")
        return [it for it in names if not it.startswith(_SHOWN)]

    def folders(self, name: str, learner: str) -> list[str]:
        """Name what is kept of a learner."""
        home = self._home(name, learner)
        return [it for it in _names(home) if not it.startswith(".") and _is_folder(f"{home}/{it}")]

    def manifest(self, name: str, learner: str, folder: str) -> tuple[bytes, str]:
        """Give a manifest as it was kept, and its signature; empty where there is none."""
        stem = f"{self._home(name, learner)}/{folder}"
        signature = _content(f"{stem}.manifest.sig").decode("ascii", "replace")
        return _content(f"{stem}.manifest.json"), signature

    def receipt(self, name: str, learner: str, folder: str) -> str:
        """Give the receipt of a submission; empty if there is none."""
        return _content(f"{self._home(name, learner)}/{folder}.receipt.txt").decode()

    def differences(self, manifest: Manifest, folder: str) -> tuple[list[str], list[str]]:
        """Compare the files with the manifest: what is altered or too much, what is missing."""
        top = f"{self._home(manifest.assignment, manifest.learner)}/{folder}"
        wanted = {it.path: it for it in manifest.files}
        there = set(_files_below(top))
        altered = sorted(there - wanted.keys())
        for path in sorted(wanted.keys() & there):
            digest = hashlib.sha256()
            with suppress(OSError):
                for piece in pieces(f"{top}/{path}"):
                    digest.update(piece)
            if digest.hexdigest() != wanted[path].sha256:
                altered.append(path)
        return altered, sorted(wanted.keys() - there)

    def shown(self, name: str) -> Mapping[str, str]:
        """Say which folder's work submitted/ was last made to hold, by learner."""
        marks, there = self._read_marks(name), self._layout()
        return {
            learner: mark["folder"]
            for learner, mark in marks.items()
            if os.path.isdir(there.submission(name, learner))  # noqa: PTH112
        }

    def mark(self, name: str, learner: str) -> Mapping[str, str]:
        """Give what is noted of a learner's folder in submitted/; empty if it was never shown."""
        return self._read_marks(name).get(learner, {})

    def _read_marks(self, name: str) -> dict[str, dict[str, str]]:
        if name not in self._marks:
            raw = _content(f"{self._layout().root}/collected/{name}/{_SHOWN}")
            try:
                self._marks[name] = dict(json.loads(raw or b"{}"))
            except ValueError:
                self._marks[name] = {}
        return self._marks[name]

    def show(self, name: str, learner: str, folder: str, submitted_at: datetime) -> None:
        """Make submitted/ hold the files of a kept submission, in one step, as nbgrader does."""
        layout = self._layout()
        kept, place = f"{self._home(name, learner)}/{folder}", layout.submission(name, learner)
        above, _, own = place.rpartition("/")
        token = secrets.token_hex(4)
        fresh, old = f"{above}/.{own}.new-{token}", f"{above}/.{own}.old-{token}"
        try:
            os.makedirs(above, exist_ok=True)  # noqa: PTH103
            _copy(kept, fresh, layout)
            _complete(fresh, submitted_at, self._secret(name, learner, folder), layout)
            if os.path.lexists(place):
                os.rename(place, old)  # noqa: PTH104
            os.rename(fresh, place)  # noqa: PTH104
            if os.path.lexists(old):
                _remove(old)
        except OSError as error:
            raise _unusable(error) from error
        finally:
            if os.path.lexists(fresh):
                shutil.rmtree(fresh, ignore_errors=True)
        self.acknowledge(name, learner, folder)

    def acknowledge(self, name: str, learner: str, folder: str) -> None:
        """Say that what lies in submitted/ is the work of a kept submission."""
        stamp = stamp_of(self._layout().submission(name, learner))
        self._read_marks(name)[learner] = {"folder": folder, "stamp": stamp}
        self._changed.add(name)

    def settle(self) -> None:
        """Note what submitted/ was made to hold, and come back when everything is on the disk."""
        for name in self._changed:
            place = f"{self._layout().root}/collected/{name}/{_SHOWN}"
            write_over(place, json.dumps(self._marks[name]).encode(), 0o600)
        self._changed.clear()
        root = os.open(self._layout().root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # One for all: an fsync a file would cost more than copying it.
            # https://man7.org/linux/man-pages/man2/syncfs.2.html
            ctypes.CDLL(None).syncfs(root)
        finally:
            os.close(root)

    def _secret(self, name: str, learner: str, folder: str) -> str:
        # Feedback is found by it, so it must stay the same when the same work is shown again.
        kept = _content(f"{self._home(name, learner)}/{folder}/{_SECRET}").decode(
            "ascii", "replace"
        )
        if kept:
            return kept
        place = f"{self._home(name, learner)}/{folder}.secret"
        if not os.path.exists(place):  # noqa: PTH110
            write_over(place, secrets.token_hex(64).encode(), 0o400)
        return _content(place).decode("ascii")

    def _home(self, name: str, learner: str) -> str:
        return f"{self._layout().root}/collected/{name}/{learner}"


def _clear(home: str) -> None:
    """Make a learner's folder, or remove from it what a killed run left half done."""
    try:
        os.mkdir(home, 0o700)  # noqa: PTH102 -- a thousand times, in strings
    except FileNotFoundError:
        make_private(Path(home))
    except FileExistsError:
        for entry in os.listdir(home):  # noqa: PTH208
            if entry.startswith(_INCOMING):
                shutil.rmtree(f"{home}/{entry}", ignore_errors=True)


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


def _copy(source: str, target: str, layout: Layout) -> None:
    os.mkdir(target, 0o2770 if layout.groupshared else 0o755)  # noqa: PTH102
    if layout.groupshared:
        os.chmod(target, 0o2775)  # noqa: PTH101, S103 -- as `groupshared` has it
    mode = 0o664 if layout.groupshared else 0o644
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _copy(entry.path, f"{target}/{entry.name}", layout)
            else:
                _copy_file(entry.path, f"{target}/{entry.name}", mode)


def _copy_file(source: str, target: str, mode: int) -> None:
    theirs = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        ours = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            while os.sendfile(ours, theirs, None, 1 << 30):
                pass
            os.fchmod(ours, mode)
            status = os.fstat(theirs)
            os.utime(ours, ns=(status.st_mtime_ns, status.st_mtime_ns))
        finally:
            os.close(ours)
    finally:
        os.close(theirs)


def _complete(folder: str, submitted_at: datetime, secret: str, layout: Layout) -> None:
    """Add what nbgrader needs beside the work: when it was handed in, and the feedback's secret."""
    mode = 0o664 if layout.groupshared else 0o644
    wanted = {_STAMP: write_stamp(submitted_at), _SECRET: secret}
    for own, text in wanted.items():
        if _content(f"{folder}/{own}") != text.encode():
            with suppress(FileNotFoundError):
                os.unlink(f"{folder}/{own}")  # noqa: PTH108
            write_over(f"{folder}/{own}", text.encode(), mode)


def _remove(folder: str) -> None:
    """Remove what was replaced; nbgrader leaves folders that even their owner cannot write to."""
    for at, folders, _ in os.walk(folder):
        for below in folders:
            if not os.path.islink(f"{at}/{below}"):  # noqa: PTH114
                os.chmod(f"{at}/{below}", 0o700)  # noqa: PTH101
    shutil.rmtree(folder)


def _files_below(top: str) -> Iterator[str]:
    for at, folders, files in os.walk(top):
        linked = [it for it in folders if os.path.islink(f"{at}/{it}")]  # noqa: PTH114
        for own in [*files, *linked]:
            yield f"{at}/{own}"[len(top) + 1 :]


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unusable(error) from error


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)  # noqa: PTH112, PTH114


def _content(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            return file.readall()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise _unusable(error) from error


def _unusable(error: OSError) -> CourseOpsError:
    return CourseOpsError(
        f"the archive of submissions cannot be used: {error.strerror} ({error.filename})",
        hint="run courseops as an account that may write to the course folder",
    )
