"""Put a learner's files and folders back, beside what is there now or in its place.

A preview does everything that a restore does, up to reading a file out of the repository
and measuring it, but places nothing; of a folder it only tells what the backup holds. Each file
that is placed leaves a receipt among the audit records: who had it placed, from which snapshot,
and its SHA-256.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from glob import escape

from courseops.actions.aside import Aside
from courseops.actions.journal import Entry, Journal
from courseops.actions.restores.files import bring_back_file
from courseops.actions.restores.folders import bring_back_folder
from courseops.actions.restores.ports import RestorePorts, Wish
from courseops.actions.restores.reading_ahead import Reading
from courseops.actions.restores.versions import look_up, nowhere, too_early
from courseops.actions.restores.work import Work
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Snapshot, Volume
from courseops.model.backups.history import Known, held_by, listed_as, snapshot_at, version_at
from courseops.model.backups.restore import FileVersion, Piece, parts_of
from courseops.model.backups.restored import Note, RestoredFile
from courseops.model.run import Outcome

# The whole home, where a path is asked for.
HOME = "."

_NOTE_MODE = 0o644


@dataclass(frozen=True, kw_only=True)
class RestoreReport:
    """
    What `restore apply` did, or without `applied` would do; `run_id` is empty then.

    `teller` is who knew the versions, our "catalogue" or the "repository". `owner` is whose
    home the files went to. `note` is where the note for them lies, if one was left.
    """

    hub: str
    username: str
    applied: bool
    run_id: str
    files: tuple[RestoredFile, ...]
    outcomes: tuple[Outcome, ...]
    at: datetime | None = None
    teller: str = ""
    owner: str = ""
    note: str = ""


def preview_restore(
    ports: RestorePorts,
    username: str,
    paths: Sequence[str],
    *,
    at: datetime | None = None,
    to: str = "",
    in_place: bool = False,
    new_user: str = "",
) -> RestoreReport:
    """Say what `restore` would do with the same arguments; write to no home."""
    wish = Wish(username=username, at=at, to=to, in_place=in_place, new_user=new_user)
    restoring = _Restoring(ports, wish, paths)
    return restoring.carry_out(None)


def size_to_restore(
    ports: RestorePorts, username: str, paths: Sequence[str], *, at: datetime | None = None
) -> int:
    """
    Say how many bytes `restore` would bring back with the same arguments; reads no file.

    Raises:
        RefusedError: one of the paths is in no snapshot, or in none so old.
    """
    return _Restoring(ports, Wish(username=username, at=at), paths).size_bytes()


def restore(
    ports: RestorePorts,
    journal: Journal | Callable[[], Journal],
    username: str,
    paths: Sequence[str],
    *,
    at: datetime | None = None,
    to: str = "",
    in_place: bool = False,
    new_user: str = "",
) -> RestoreReport:
    """
    Put files and folders back as the newest snapshot up to `at` holds them, at their own place.

    Where something lies there already, it stays, and the restored file comes to lie beside
    it; with `in_place` it is moved aside and kept. With `to`, everything goes into that folder
    of the home instead, with `new_user` into the home of another, whose own it becomes. "." is
    the whole home. One file's failure never stops the others. A journal that is yet to be
    opened is opened while the first file is read.
    """
    wish = Wish(username=username, at=at, to=to, in_place=in_place, new_user=new_user)
    opened = _opening(journal)
    restoring = _Restoring(ports, wish, paths)
    scope = f"home/{ports.hub}/{wish.owner}"
    with restoring.begun(), opened().run("restore-apply", scope) as entry:
        return restoring.carry_out(entry)


def _opening(journal: Journal | Callable[[], Journal]) -> Callable[[], Journal]:
    """Begin to open a journal, unless it is open; give what waits for it."""
    return (lambda: journal) if isinstance(journal, Journal) else Aside(journal).result


class _Restoring:
    """What was asked for, and what is known of it."""

    def __init__(self, ports: RestorePorts, wish: Wish, paths: Sequence[str]) -> None:
        self._ports = ports
        self._wish = wish
        self._paths = list(dict.fromkeys(paths))
        self._source = ports.volumes.volume_of(wish.username)
        patterns = [pattern for path in self._paths for pattern in _patterns(path)]
        self._known = look_up(ports, self._source, patterns)
        self._reading = Reading(ports, self._source)

    def begun(self) -> AbstractContextManager[None]:
        """Read the first file, until the block is left."""
        versions = self._known.called(self._paths[0]) if self._paths else ()
        first = version_at(versions, self._wish.at)
        return self._reading.ahead(first)

    def size_bytes(self) -> int:
        """Say how much there is to bring back."""
        meant = (
            _meant(self._ports, self._source, self._known, path, self._wish.at)
            for path in self._paths
        )
        return sum(it.size_bytes for it in meant)

    def carry_out(self, entry: Entry | None) -> RestoreReport:
        """Deal with each path, whatever becomes of the others."""
        wish = self._wish
        work = Work(
            ports=self._ports,
            wish=wish,
            source=self._source,
            target=self._ports.volumes.volume_of(wish.owner),
            reading=self._reading,
            entry=entry,
        )
        for path in self._paths:
            try:
                _bring_back(work, self._known, path)
            except CourseOpsError as error:
                work.note(Outcome.failed(path, str(error), kind="not-restored", mend=error.hint))
        return RestoreReport(
            hub=self._ports.hub,
            username=wish.username,
            applied=entry is not None,
            run_id=entry.run.id if entry else "",
            files=tuple(work.files),
            note=_leave_note(work) if entry is not None else "",
            outcomes=tuple(work.outcomes),
            at=wish.at,
            teller=self._known.teller,
            owner=wish.owner,
        )


def _patterns(path: str) -> list[str]:
    """Give what finds a path as a file and as a folder, here or elsewhere."""
    if path.rstrip("/") == HOME:
        return ["*"]
    name = escape(listed_as(path.rstrip("/")))
    return [name, f"**/{name}", f"**/{name}/**"]


@dataclass(frozen=True)
class _Meant:
    """What a path means: one version of a file, or the folder of that name in a snapshot."""

    path: str
    chosen: FileVersion | Snapshot
    versions: tuple[FileVersion, ...]

    @property
    def size_bytes(self) -> int:
        """Say how much there is of it."""
        if isinstance(self.chosen, FileVersion):
            return self.chosen.size_bytes
        return sum(it.size_bytes for it in held_by(self.chosen, self.versions))


def _meant(
    ports: RestorePorts, source: Volume, known: Known, path: str, at: datetime | None
) -> _Meant:
    folder = path.rstrip("/")
    if folder == HOME:
        folder = ""
    else:
        parts_of(folder)
    if folder == path and (versions := known.called(path)):
        chosen = version_at(versions, at)
        if chosen is None:
            raise too_early(at, versions)
        return _Meant(path, chosen, versions)
    below = known.below(folder)
    if not below:
        raise nowhere(ports, source, _elsewhere(known, path))
    snapshot = snapshot_at(known.snapshots, below, at)
    if snapshot is None:
        raise too_early(at, below)
    return _Meant(folder, snapshot, below)


def _bring_back(work: Work, known: Known, path: str) -> None:
    meant = _meant(work.ports, work.source, known, path, work.wish.at)
    if isinstance(meant.chosen, FileVersion):
        target = work.wish.target(path)
        bring_back_file(work, meant.chosen, meant.versions, target)
    else:
        bring_back_folder(work, meant.path, known, meant.chosen)


def _elsewhere(known: Known, path: str) -> set[str]:
    """Name the files and folders of that name that lie somewhere else."""
    name = path.rstrip("/")
    found = {it.path for it in known.versions if it.path.endswith(f"/{name}")}
    for version in known.versions:
        above, inside, _ = f"/{version.path}".partition(f"/{name}/")
        if inside:
            found.add(f"{above}/{name}/".removeprefix("/"))
    return found


def _leave_note(work: Work) -> str:
    """Put a note beside what was restored; for want of it no restore has failed."""
    placed = tuple(it for it in work.files if not it.is_same)
    if work.ports.write_note is None or work.entry is None or not placed:
        return ""
    run = work.entry.run
    note = Note(username=work.wish.username, actor=run.actor, at=run.started_at, files=placed)
    top = f"{note.folder}/" if note.folder else ""
    path = f"{top}courseops-restore-{run.started_at:%Y%m%d-%H%M}.txt"
    try:
        with work.ports.placer.stage() as staged:
            os.write(staged, work.ports.write_note(note).encode("utf-8", "backslashreplace"))
            piece = Piece(path=path, staged=staged, modified_at=run.started_at, mode=_NOTE_MODE)
            (answer,) = work.place([piece], in_place=False)
        problem = answer.problem
    except CourseOpsError as error:
        problem = str(error)
    if problem:
        work.note(Outcome.skipped(path, f"no note was left: {problem}", kind="no-note"))
        return ""
    return answer.lies_at
