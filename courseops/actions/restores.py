"""Find the versions of a learner's files, and put one back beside what is there now.

A preview does everything that a restore does, up to reading the file out of the repository
and measuring it, but places nothing. Each file that is placed leaves a receipt among the
audit records: who had it placed, from which snapshot, and its SHA-256.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from glob import escape

from courseops.actions.journal import Entry, Journal
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backup import Volume
from courseops.model.restore import (
    Content,
    FileVersion,
    Sighting,
    Standing,
    names_for,
    parts_of,
    sighting_at,
    versions_of,
)
from courseops.model.run import Outcome, Phase
from courseops.ports import Placer, Repository, Volumes


@dataclass(frozen=True, kw_only=True)
class RestorePorts:
    """What the restore actions read from and write to, for one hub."""

    hub: str
    volumes: Volumes
    repository: Repository
    placer: Placer


@dataclass(frozen=True, kw_only=True)
class VersionsFound:
    """What `restore find` shows: by path, and for each path newest first."""

    hub: str
    username: str
    pattern: str
    versions: tuple[FileVersion, ...]


@dataclass(frozen=True, kw_only=True)
class RestoredFile:
    """
    One file that was restored, or in a preview would be.

    `lies_at` is where, below the home; `standing` what lay at the file's own place before.
    """

    path: str
    lies_at: str
    snapshot_id: str
    taken_at: datetime
    modified_at: datetime
    size_bytes: int
    sha256: str
    is_notebook: bool | None
    standing: Standing | None


@dataclass(frozen=True, kw_only=True)
class RestoreReport:
    """What `restore apply` did, or without `applied` would do; `run_id` is empty then."""

    hub: str
    username: str
    applied: bool
    run_id: str
    files: tuple[RestoredFile, ...]
    outcomes: tuple[Outcome, ...]


def find_versions(ports: RestorePorts, username: str, pattern: str = "*") -> VersionsFound:
    """List every version of every file of a learner that `pattern` means."""
    volume = ports.volumes.volume_of(username)
    versions = versions_of(ports.repository.find(volume, [pattern]))
    return VersionsFound(
        hub=ports.hub,
        username=username,
        pattern=pattern,
        versions=tuple(version for path in versions.values() for version in path),
    )


def preview_restore(
    ports: RestorePorts,
    username: str,
    paths: Sequence[str],
    *,
    at: datetime | None = None,
    to: str = "",
) -> RestoreReport:
    """Say what `restore` would do with the same arguments; write to no home."""
    restoring = _Restoring(ports, ports.volumes.volume_of(username), at, to, None)
    return restoring.carry_out(paths)


def restore(
    ports: RestorePorts,
    journal: Journal,
    username: str,
    paths: Sequence[str],
    *,
    at: datetime | None = None,
    to: str = "",
) -> RestoreReport:
    """
    Put files back as the newest snapshot up to `at` holds them, at their own place.

    Where something lies there already, it stays, and the restored file comes to lie beside
    it. With `to`, files go into that folder of the home instead. One file's failure never
    stops the others.
    """
    volume = ports.volumes.volume_of(username)
    with journal.run("restore-apply", f"home/{ports.hub}/{username}") as entry:
        return _Restoring(ports, volume, at, to, entry).carry_out(paths)


class _Restoring:
    """One restore, or without an `entry` its preview."""

    def __init__(
        self,
        ports: RestorePorts,
        volume: Volume,
        at: datetime | None,
        to: str,
        entry: Entry | None,
    ) -> None:
        self._ports = ports
        self._volume = volume
        self._at = at
        self._folder = "/".join(parts_of(to)) if to else ""
        self._entry = entry

    def carry_out(self, paths: Iterable[str]) -> RestoreReport:
        """Deal with each path, whatever becomes of the others."""
        wanted = list(dict.fromkeys(paths))
        seen = self._ports.repository.find(self._volume, [escape(path) for path in wanted])
        files, outcomes = [], []
        for path in wanted:
            try:
                file = self._bring_back(self._chosen(path, seen))
            except CourseOpsError as error:
                outcome = Outcome.failed(path, str(error), kind="not-restored", mend=error.hint)
            else:
                files.append(file)
                outcome = self._outcome_of(file)
            outcomes.append(outcome)
            if self._entry:
                self._entry.note(outcome)
        return RestoreReport(
            hub=self._ports.hub,
            username=self._volume.username,
            applied=self._entry is not None,
            run_id=self._entry.run.id if self._entry else "",
            files=tuple(files),
            outcomes=tuple(outcomes),
        )

    def _chosen(self, path: str, seen: Sequence[Sighting]) -> Sighting:
        parts_of(path)
        mine = [sighting for sighting in seen if sighting.path == path]
        chosen = sighting_at(mine, self._at)
        if chosen is not None:
            return chosen
        if mine:
            first = min(sighting.taken_at for sighting in mine)
            raise RefusedError(
                f"no snapshot up to {self._at} holds it",
                hint=f"the first that does is of {first:%Y-%m-%d %H:%M} UTC",
            )
        elsewhere = sorted({each.path for each in seen if each.path.endswith(f"/{path}")})
        raise RefusedError(
            "no snapshot holds it",
            hint=f"did you mean {', '.join(elsewhere)}?"
            if elsewhere
            else f"list what there is: courseops restore find {self._ports.hub} "
            f"{self._volume.username}",
        )

    def _bring_back(self, chosen: Sighting) -> RestoredFile:
        placer, name = self._ports.placer, chosen.path.rpartition("/")[2]
        target = f"{self._folder}/{name}" if self._folder else chosen.path
        with placer.stage() as staged:
            self._ports.repository.dump(self._volume, chosen, staged)
            content = placer.examine(staged, name)
            if content.size_bytes != chosen.size_bytes:
                raise CourseOpsError(
                    f"the repository gave {content.size_bytes} of {chosen.size_bytes} bytes",
                    hint=f"see what is wrong: courseops backup check {self._ports.hub}",
                )
            standing = placer.standing(self._volume, target)
            lies_at = (
                self._place(staged, target, chosen, content, self._entry)
                if self._entry
                else self._free_name(target)
            )
        return RestoredFile(
            path=chosen.path,
            lies_at=lies_at,
            snapshot_id=chosen.snapshot_id,
            taken_at=chosen.taken_at,
            modified_at=chosen.modified_at,
            size_bytes=content.size_bytes,
            sha256=content.sha256,
            is_notebook=content.is_notebook,
            standing=standing,
        )

    def _place(
        self, staged: int, target: str, chosen: Sighting, content: Content, entry: Entry
    ) -> str:
        who, change = [self._volume.username], f"restore {chosen.path}"
        receipt = (
            f"from snapshot {chosen.snapshot_id} of {chosen.taken_at.isoformat()}, "
            f"{content.size_bytes} bytes, sha256 {content.sha256}"
        )
        entry.audit(Phase.INTENDED, who, change, receipt)
        try:
            lies_at = self._ports.placer.place(staged, self._volume, target, chosen)
        except CourseOpsError as error:
            entry.audit(Phase.FAILED, who, change, str(error))
            raise
        entry.audit(Phase.MADE, who, change, f"as {lies_at}, {receipt}")
        return lies_at

    def _free_name(self, target: str) -> str:
        folder, slash, name = target.rpartition("/")
        places = (f"{folder}{slash}{candidate}" for candidate in names_for(name))
        free = (at for at in places if self._ports.placer.standing(self._volume, at) is None)
        return next(free, target)

    def _outcome_of(self, file: RestoredFile) -> Outcome:
        kind, remark = "", ""
        if file.is_notebook is False:
            kind, remark = "broken-notebook", "; it is no whole notebook, an earlier --at may be"
        if self._entry is None:
            return Outcome.skipped(
                file.path, f"would be placed as {file.lies_at}{remark}", kind=kind or "preview"
            )
        return Outcome.done(file.path, f"placed as {file.lies_at}{remark}", kind=kind)
