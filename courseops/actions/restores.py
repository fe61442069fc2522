"""Put a learner's files and folders back, beside what is there now or in its place.

A preview does everything that a restore does, up to reading a file out of the repository
and measuring it, but places nothing; of a folder it only tells what the backup holds. Each file
that is placed leaves a receipt among the audit records: who had it placed, from which snapshot,
and its SHA-256.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from glob import escape

from courseops.actions.journal import Entry, Journal
from courseops.actions.restore_ports import RestorePorts, Wish
from courseops.actions.restore_work import Work
from courseops.actions.restoring_files import bring_back_file
from courseops.actions.restoring_folders import bring_back_folder
from courseops.actions.versions import look_up
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.history import Known, listed_as, snapshot_at, version_at
from courseops.model.restore import FileVersion, Piece, parts_of
from courseops.model.restored import Note, RestoredFile, moment_after
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
    return _carry_out(ports, wish, paths, None)


def restore(
    ports: RestorePorts,
    journal: Journal,
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
    the whole home. One file's failure never stops the others.
    """
    wish = Wish(username=username, at=at, to=to, in_place=in_place, new_user=new_user)
    with journal.run("restore-apply", f"home/{ports.hub}/{wish.owner}") as entry:
        return _carry_out(ports, wish, paths, entry)


def _carry_out(
    ports: RestorePorts, wish: Wish, paths: Sequence[str], entry: Entry | None
) -> RestoreReport:
    volumes = ports.volumes
    source, target = volumes.volume_of(wish.username), volumes.volume_of(wish.owner)
    work = Work(ports=ports, wish=wish, source=source, target=target, entry=entry)
    paths = list(dict.fromkeys(paths))
    known = look_up(ports, source, [pattern for path in paths for pattern in _patterns(path)])
    for path in paths:
        try:
            _bring_back(work, known, path)
        except CourseOpsError as error:
            work.note(Outcome.failed(path, str(error), kind="not-restored", mend=error.hint))
    return RestoreReport(
        hub=ports.hub,
        username=wish.username,
        applied=entry is not None,
        run_id=entry.run.id if entry else "",
        files=tuple(work.files),
        outcomes=tuple(work.outcomes),
        at=wish.at,
        teller=known.teller,
        owner=wish.owner,
        note=_leave_note(work) if entry is not None else "",
    )


def _patterns(path: str) -> list[str]:
    """Give what finds a path as a file and as a folder, here or elsewhere."""
    if path.rstrip("/") == HOME:
        return ["*"]
    name = escape(listed_as(path.rstrip("/")))
    return [name, f"**/{name}", f"**/{name}/**"]


def _bring_back(work: Work, known: Known, path: str) -> None:
    folder = path.rstrip("/")
    if folder == HOME:
        folder = ""
    else:
        parts_of(folder)
    if folder == path and (versions := known.called(path)):
        chosen = version_at(versions, work.wish.at)
        if chosen is None:
            raise _too_early(work.wish, versions)
        bring_back_file(work, chosen, versions, work.wish.target(path))
        return
    below = known.below(folder)
    if not below:
        raise _nowhere(work, known, path)
    snapshot = snapshot_at(known.snapshots, below, work.wish.at)
    if snapshot is None:
        raise _too_early(work.wish, below)
    bring_back_folder(work, folder, known, snapshot)


def _too_early(wish: Wish, versions: Iterable[FileVersion]) -> RefusedError:
    first = min(version.first_taken_at for version in versions)
    return RefusedError(
        f"no snapshot up to {wish.at} holds it",
        hint=f"the first that does is of {first:%Y-%m-%d %H:%M} UTC: --at {moment_after(first)}",
    )


def _nowhere(work: Work, known: Known, path: str) -> RefusedError:
    name = path.rstrip("/")
    elsewhere = {it.path for it in known.versions if it.path.endswith(f"/{name}")}
    for version in known.versions:
        above, inside, _ = f"/{version.path}".partition(f"/{name}/")
        if inside:
            elsewhere.add(f"{above}/{name}/".removeprefix("/"))
    username = work.wish.username
    return RefusedError(
        "no snapshot holds it",
        hint=f"did you mean {', '.join(sorted(elsewhere))}?"
        if elsewhere
        else f"list what there is: courseops restore find {work.ports.hub} {username}",
    )


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
