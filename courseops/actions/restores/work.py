"""What is kept of one restore, or of its preview, while it is under way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from courseops.actions.journal import Entry
from courseops.actions.restores.ports import RestorePorts, Wish
from courseops.actions.restores.reading_ahead import Reading
from courseops.model.backups.backup import Volume
from courseops.model.backups.history import neighbours
from courseops.model.backups.restore import (
    MADE_WAY,
    RESTORED,
    FileVersion,
    Piece,
    Placed,
    Standing,
    names_for,
)
from courseops.model.backups.restored import RestoredFile, moment_after
from courseops.model.run import Outcome, Phase


@dataclass(frozen=True, kw_only=True)
class Work:
    """
    One restore from the volume `source` to the volume `target`; a preview has no `entry`.

    `files` and `outcomes` grow with each path that was dealt with.
    """

    ports: RestorePorts
    wish: Wish
    source: Volume
    target: Volume
    reading: Reading
    entry: Entry | None
    files: list[RestoredFile] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def note(self, *outcomes: Outcome) -> None:
        """Keep outcomes, for the report and for the record."""
        self.outcomes.extend(outcomes)
        if self.entry is not None:
            self.entry.note(*outcomes)

    def audit(self, phase: Phase, changes: Iterable[tuple[str, str]]) -> None:
        """Write an audit record for each path, with what is to be said of it."""
        if self.entry is not None:
            named = [(f"restore {path}", detail) for path, detail in changes]
            self.entry.audit_each(phase, self.source.username, named)

    def place(self, pieces: Iterable[Piece], *, in_place: bool) -> Iterator[Placed]:
        """Place pieces in the home that they are for; what is there already is left alone."""
        return self.ports.placer.place_all(self.target, pieces, in_place=in_place, keep_same=True)

    def standing(self, path: str) -> Standing | None:
        """Say what lies at a path of the home that files are for."""
        return self.ports.placer.standing(self.target, path)

    def foreseen(self, path: str, standing: Standing | None, *, in_place: bool) -> Placed:
        """Say where a file would come to lie."""
        if standing is None:
            return Placed(path=path, lies_at=path)
        if in_place:
            return Placed(path=path, lies_at=path, made_way_to=self._free(path, MADE_WAY))
        return Placed(path=path, lies_at=self._free(path))

    def names(self, path: str, mark: str = RESTORED) -> list[str]:
        """List where a file may come to lie, first choice first."""
        folder, slash, name = path.rpartition("/")
        return [f"{folder}{slash}{candidate}" for candidate in names_for(name, mark=mark)]

    def _free(self, path: str, mark: str = RESTORED) -> str:
        candidates = self.names(path, mark)[1:]
        return next((it for it in candidates if self.standing(it) is None), path)

    def owned(self, uid: int, gid: int) -> tuple[int, int]:
        """Say whose a file is to be, 0 for the owner of the home."""
        return (0, 0) if self.wish.new_user else (uid, gid)


def outcome_of(work: Work, file: RestoredFile, advice: str = "") -> Outcome:
    """Say how one file fared that was found by itself; `advice` speaks of a broken notebook."""
    kind = "broken-notebook" if file.is_notebook is False else ""
    if file.is_same:
        reason = f"the same lies there already, as {file.lies_at}{advice}"
        return Outcome.skipped(file.path, reason, kind=kind or "unchanged")
    aside = f", what was there as {file.made_way_to}" if file.made_way_to else ""
    if work.entry is None:
        reason = f"would be placed as {file.lies_at}{aside}{advice}"
        return Outcome.skipped(file.path, reason, kind=kind or "preview")
    return Outcome.done(file.path, f"placed as {file.lies_at}{aside}{advice}", kind=kind)


def advice_on(version: FileVersion, versions: tuple[FileVersion, ...]) -> str:
    """Say of a broken notebook where a version is that may be whole."""
    older, newer = neighbours(versions, version)
    said = "; it is no whole notebook"
    if older is not None:
        return f"{said}; the version before it: --at {moment_after(older.taken_at)}"
    if newer is not None:
        return f"{said}; the version after it: --at {moment_after(newer.first_taken_at)}"
    return f"{said}, and there is no other version of it"
