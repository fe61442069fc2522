"""Bring one file back: read out of the repository, measured, and only then placed."""

from __future__ import annotations

from hashlib import sha256

from courseops.actions.restores.versions import mark_broken
from courseops.actions.restores.work import Work, advice_on, outcome_of
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.restore import Content, FileVersion, Piece, Placed, Standing
from courseops.model.backups.restored import receipt, restored
from courseops.model.run import Phase

# What lies there already is compared in a preview, too, unless it is larger.
_COMPARED_BYTES = 64 * 1024 * 1024


def bring_back_file(
    work: Work, version: FileVersion, versions: tuple[FileVersion, ...], target: str
) -> None:
    """
    Place one version of a file at `target`; `versions` are all of that file.

    Raises:
        CourseOpsError: it was not had whole, or could not be placed.
    """
    placer = work.ports.placer
    with work.reading.read(version) as staged:
        content = placer.examine(staged, version.path)
        insist_on_size(work, version, content)
        standing = work.standing(target)
        is_broken = content.is_notebook is False
        in_place = work.wish.in_place and not is_broken
        if work.entry is None:
            placed = _foreseen(work, target, standing, content, in_place=in_place)
        else:
            placed = _place(work, version, content, staged, target, in_place=in_place)
    if is_broken:
        mark_broken(work.ports, work.source, version)
    file = restored(version, content, standing, placed)
    work.files.append(file)
    work.note(outcome_of(work, file, advice_on(version, versions) if is_broken else ""))


def insist_on_size(work: Work, version: FileVersion, content: Content) -> None:
    """
    Refuse what the repository did not give whole.

    Raises:
        CourseOpsError: it is more or less than the snapshot says.
    """
    if content.size_bytes != version.size_bytes:
        raise CourseOpsError(
            f"the repository gave {content.size_bytes} of {version.size_bytes} bytes",
            hint=f"see what is wrong: courseops backup check {work.ports.hub}",
        )


def _foreseen(
    work: Work, target: str, standing: Standing | None, content: Content, *, in_place: bool
) -> Placed:
    for candidate in work.names(target) if standing is not None else ():
        there = work.standing(candidate)
        if there is None:
            break
        if _is_same(work, candidate, there, content):
            return Placed(path=target, lies_at=candidate, is_same=True)
    return work.foreseen(target, standing, in_place=in_place)


def _is_same(work: Work, path: str, there: Standing, content: Content) -> bool:
    if there.kind != "file" or there.size_bytes != content.size_bytes:
        return False
    try:
        now = work.ports.placer.read(work.target, path, _COMPARED_BYTES)
    except RefusedError:
        return False
    return now is not None and sha256(now).hexdigest() == content.sha256


def _place(
    work: Work, version: FileVersion, content: Content, staged: int, target: str, *, in_place: bool
) -> Placed:
    said = receipt(version.snapshot_id, version.taken_at, content)
    uid, gid = work.owned(version.uid, version.gid)
    piece = Piece(
        path=target,
        staged=staged,
        modified_at=version.modified_at,
        mode=version.mode,
        uid=uid,
        gid=gid,
    )
    work.audit(Phase.INTENDED, [(version.path, said)])
    try:
        (placed,) = work.place([piece], in_place=in_place)
        if placed.problem:
            raise CourseOpsError(placed.problem, hint=placed.mend)
    except CourseOpsError as error:
        work.audit(Phase.FAILED, [(version.path, str(error))])
        raise
    work.audit(Phase.MADE, [(version.path, f"as {placed.lies_at}, {said}")])
    return placed
