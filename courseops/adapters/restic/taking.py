"""Take one snapshot with as few starts of restic as can be: one, where nothing goes wrong.

The parent, which saves reading everything again, is the one that the order names; without
one restic finds it by host and tags, and before 0.16 we do. An unchanged run makes no
snapshot from 0.17 on; then the parent is what still holds. Before 0.17 a run is called
unchanged that found nothing new in the volumes it was given; it does not see that the parent
had one more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from courseops.adapters.process import Finished, OverdueError
from courseops.adapters.restic import answers, arguments, versions
from courseops.adapters.restic.door import Door
from courseops.adapters.restic.endings import MADE_CODES, Meaning, meaning_of
from courseops.adapters.restic.failures import no_room
from courseops.adapters.restic.room import Room
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import AUTO, BackupOrder, BackupSummary, Volume

# The parent was forgotten meanwhile, or some snapshot is damaged, over which restic stumbles when
# it looks for one.
_NO_PARENT = (Meaning.NO_SNAPSHOT, Meaning.DAMAGED)


def take(door: Door, root: Path, volumes: Sequence[Volume], order: BackupOrder) -> BackupSummary:
    """
    Take one snapshot of every volume that is there, under paths relative to `root`.

    Raises:
        CourseOpsError: no snapshot was made.
    """
    if any("," in tag for tag in order.tags):
        raise RefusedError(f"a tag of a snapshot has no comma: {', '.join(order.tags)}")
    # Until 0.19 restic skipped a missing folder and still ended with 0.
    there = [each.path for each in volumes if _is_folder(root / each.path)]
    if not there:
        raise CourseOpsError(f"there is nothing to back up in {root}")
    _insist_on_room(door)
    if not order.parent and not versions.GROUP_BY.of(door.version):
        order = replace(order, parent=_newest(door, order))
    answer = _started(door, root, there, order)
    if answer.code not in MADE_CODES and meaning_of(answer.code, answer.stderr) in _NO_PARENT:
        order = replace(order, parent=_newest(door, order))
        answer = _started(door, root, there, order, anew=not order.parent)
    if answer.code not in MADE_CODES:
        door.insist(answer)
    unread = answers.unread(answer.stderr, f"{root.absolute()}/")
    return _named_in_full(door, answers.summary(answer.stdout, unread), order)


def _started(
    door: Door, root: Path, there: Sequence[str], order: BackupOrder, *, anew: bool = False
) -> Finished:
    room = Room(door.launcher.folder)
    try:
        answer = door.run(
            arguments.backup(version=door.version, host=door.host, order=order, anew=anew),
            seconds=door.deadlines.backup,
            stdin=b"".join(path.encode(errors="surrogateescape") + b"\0" for path in there),
            cwd=root,
            is_stuck=room.is_stuck,
        )
    except OverdueError as error:
        if room.is_scarce():
            raise no_room(door.place, "restic came no further") from error
        raise
    if meaning_of(answer.code, answer.stderr) is Meaning.FAILED and room.is_scarce():
        raise no_room(door.place, "restic gave up")
    return answer


def _newest(door: Door, order: BackupOrder) -> str:
    """Give the newest snapshot of the same kind that can be read; empty if there is none."""
    if _is_empty(door.launcher.folder):
        return ""
    tags = (AUTO, *order.tags)
    said = door.ask(arguments.snapshots(host=door.host, tags=tags), despite_damage=True)
    rows = answers.listing(said)
    alike = [it for it in map(answers.snapshot, rows) if set(it.tags) == set(tags)]
    return max(alike, key=lambda it: it.taken_at).id if alike else ""


def _is_empty(repository: Path | None) -> bool:
    """Say whether a repository of this machine holds no snapshot; a look costs no start."""
    try:
        return repository is not None and not any((repository / "snapshots").iterdir())
    except OSError:
        return False


def _named_in_full(door: Door, made: BackupSummary, order: BackupOrder) -> BackupSummary:
    """Name the snapshot by its whole id, the one before where restic made none."""
    if not made.snapshot_id:
        before = order.parent or _newest(door, order)
        if not before:
            raise CourseOpsError("restic ended well, but made no snapshot")
        return replace(made, snapshot_id=before, is_unchanged=True)
    if versions.SKIP_UNCHANGED.of(door.version):
        # It found a difference, if only that a volume is gone.
        return replace(made, is_unchanged=False)
    if versions.FULL_SNAPSHOT_ID.of(door.version):
        return made
    return replace(made, snapshot_id=_whole_id(door, made.snapshot_id))


def _whole_id(door: Door, short: str) -> str:
    # restic keeps every snapshot it wrote in its cache, too, named by its whole id, two folders
    # down; to look there costs nothing, to ask it half a second.
    kept = {it.name for it in door.launcher.cache.glob(f"*/snapshots/{short[:2]}/{short}*")}
    if len(kept) == 1:
        return kept.pop()
    for row in answers.listing(door.ask(arguments.snapshot(short))):
        return answers.snapshot(row).id
    raise CourseOpsError(f"the new snapshot {short} is not in the repository")


def _insist_on_room(door: Door) -> None:
    room = Room(door.launcher.folder)
    if room.is_scarce():
        free = room.free_bytes or 0
        raise CourseOpsError(
            f"only {free >> 20} MB are free where the repository {door.place} is",
            hint="make room there; nothing was backed up, earlier snapshots are intact",
        )


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
