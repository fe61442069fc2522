"""Bring a whole folder back, or a whole home.

It is restored into a folder that only we can enter, and from there placed piece by piece as
the learner. What is there already with the same bytes is left alone. Links are made anew if
they stay inside the home; pipes, sockets and devices are not brought back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from courseops.actions.restores.files import bring_back_file, insist_on_size
from courseops.actions.restores.versions import mark_broken
from courseops.actions.restores.work import Work, advice_on, outcome_of
from courseops.errors import CourseOpsError, LockedError, RefusedError, UnreachableError
from courseops.model.backups.backup import Snapshot
from courseops.model.backups.history import Known, held_by
from courseops.model.backups.restore import Content, FileVersion, Piece, Placed, leads_inside
from courseops.model.backups.restored import RestoredFile, receipt, restored
from courseops.model.batches import batches
from courseops.model.run import Outcome, Phase

# So many audit records are written at once.
_AUDITED = 100


@dataclass(frozen=True)
class _Found:
    """One thing in a restored folder: where it lay in the home, and what is to be placed."""

    path: str
    piece: Piece
    content: Content | None = None

    @property
    def is_broken(self) -> bool:
        return self.content is not None and self.content.is_notebook is False


def bring_back_folder(work: Work, folder: str, known: Known, snapshot: Snapshot) -> None:
    """
    Place everything that a snapshot holds below `folder`; "" is the whole home.

    Raises:
        CourseOpsError: nothing could be had, or nothing be placed.
    """
    versions = {it.path: it for it in held_by(snapshot, known.below(folder))}
    if work.entry is None:
        _foresee(work, folder, versions.values())
        return
    size_bytes = sum(it.size_bytes for it in versions.values())
    with work.ports.placer.stage_folder(size_bytes) as staging:
        top = f"{work.source.path}/{folder}" if folder else work.source.path
        try:
            work.ports.repository.restore(snapshot.id, [top], staging)
        except (LockedError, RefusedError, UnreachableError):
            raise
        except CourseOpsError:
            # Some of it is damaged: file by file, the rest can be had.
            _bring_back_singly(work, folder, known, versions.values(), snapshot)
            return
        _Folder(work, folder, known, snapshot, versions).place(staging / top)


def _foresee(work: Work, folder: str, versions: Iterable[FileVersion]) -> None:
    before = len(work.files)
    for version in versions:
        target = work.wish.target(version.path, folder)
        try:
            standing = work.standing(target)
            placed = work.foreseen(target, standing, in_place=work.wish.in_place)
        except CourseOpsError as error:
            work.note(_failed(version.path, str(error), error.hint))
            continue
        if (
            standing is not None
            and standing.size_bytes == version.size_bytes
            and standing.modified_at == version.modified_at
        ):
            placed = Placed(path=target, lies_at=target, is_same=True)
        work.files.append(restored(version, None, standing, placed))
    files = work.files[before:]
    same = sum(file.is_same for file in files)
    reason = f"{len(files) - same} files would be placed, {same} are there already"
    work.note(Outcome.skipped(folder or ".", reason, kind="preview"))


def _bring_back_singly(
    work: Work, folder: str, known: Known, versions: Iterable[FileVersion], snapshot: Snapshot
) -> None:
    for version in versions:
        target = work.wish.target(version.path, folder)
        try:
            as_then = replace(version, snapshot_id=snapshot.id, taken_at=snapshot.taken_at)
            bring_back_file(work, as_then, known.of(version.path), target)
        except CourseOpsError as error:
            work.note(_failed(version.path, str(error), error.hint))


@dataclass(frozen=True)
class _Folder:
    """One folder that was restored to our staging folder, on its way to its home."""

    work: Work
    folder: str
    known: Known
    snapshot: Snapshot
    versions: dict[str, FileVersion]

    def place(self, staged: Path) -> None:
        """Place all that can be, and say of the rest why not."""
        change = self.folder or "."
        self.work.audit(Phase.INTENDED, [(change, f"from snapshot {self.snapshot.id}")])
        found = list(self._found(staged))
        whole = [it for it in found if not it.is_broken]
        torn = [it for it in found if it.is_broken]
        count, same = 0, 0
        # A notebook that cannot be read takes nothing's place.
        for some, in_place in ((whole, self.work.wish.in_place), (torn, False)):
            placed = self.work.place((it.piece for it in some), in_place=in_place)
            for batch in batches(zip(some, placed, strict=True), _AUDITED):
                self._account_for(batch)
                count += sum(it.piece.kind != "folder" and not to.problem for it, to in batch)
                same += sum(it.piece.kind != "folder" and to.is_same for it, to in batch)
        reason = f"{count - same} files placed, {same} were there already"
        self.work.note(Outcome.done(change, reason, kind="folder"))

    def _found(self, staged: Path) -> Iterator[_Found]:
        for piece in self.work.ports.placer.survey(staged):
            path = f"{self.folder}/{piece.path}" if self.folder else piece.path
            uid, gid = self.work.owned(piece.uid, piece.gid)
            target = self.work.wish.target(path, self.folder)
            there = _Found(path, replace(piece, path=target, uid=uid, gid=gid))
            try:
                yield self._insisted_on(there)
            except CourseOpsError as error:
                self.work.note(_failed(path, str(error), error.hint))
            except _LeftOut as left:
                self.work.note(Outcome.skipped(path, str(left), kind=piece.kind))

    def _insisted_on(self, there: _Found) -> _Found:
        piece = there.piece
        if piece.kind == "special":
            raise _LeftOut("pipes, sockets and devices are not brought back")
        if piece.kind == "link" and not leads_inside(piece.path, piece.target):
            raise _LeftOut(f"it is a link out of the home, to {piece.target}")
        if piece.kind != "file":
            return there
        content = self.work.ports.placer.examine(piece.staged, piece.path)
        expected = self.versions.get(there.path)
        if expected is not None:
            insist_on_size(self.work, expected, content)
        return replace(there, content=content)

    def _account_for(self, batch: list[tuple[_Found, Placed]]) -> None:
        made, failed = [], []
        for there, placed in batch:
            if placed.problem:
                failed.append((there.path, placed.problem))
                self.work.note(_failed(there.path, placed.problem, placed.mend))
            elif there.piece.kind != "folder" and not placed.is_same:
                made.append((there.path, f"as {placed.lies_at}, {self._receipt(there)}"))
            if there.content is not None and not placed.problem:
                self._report(there, there.content, placed)
        self.work.audit(Phase.MADE, made)
        self.work.audit(Phase.FAILED, failed)

    def _receipt(self, there: _Found) -> str:
        if there.content is None:
            return f"a link to {there.piece.target}"
        return receipt(self.snapshot.id, self.snapshot.taken_at, there.content)

    def _report(self, there: _Found, content: Content, placed: Placed) -> None:
        version = FileVersion(
            path=there.path,
            modified_at=there.piece.modified_at,
            size_bytes=content.size_bytes,
            snapshot_id=self.snapshot.id,
            taken_at=self.snapshot.taken_at,
            first_taken_at=self.snapshot.taken_at,
        )
        file = restored(version, content, None, placed)
        self.work.files.append(file)
        if there.is_broken:
            self._remark(there, file)

    def _remark(self, there: _Found, file: RestoredFile) -> None:
        version = self.versions.get(there.path)
        advice = ""
        if version is not None:
            mark_broken(self.work.ports, self.work.source, version)
            advice = advice_on(version, self.known.of(there.path))
        self.work.note(outcome_of(self.work, file, advice))


class _LeftOut(Exception):  # noqa: N818 -- it is an answer
    """Why something is not brought back."""


def _failed(path: str, reason: str, mend: str) -> Outcome:
    return Outcome.failed(path, reason, kind="not-restored", mend=mend)
