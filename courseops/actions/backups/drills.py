"""Have something back from a hub's backups, and compare it: the one proof that they are any good.

Each day one file of each shard, each month all of one home. What comes back goes to where only
we can enter, is compared, and is gone again; no home is written to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random, SystemRandom

from courseops.actions.backups.ports import BackupPorts
from courseops.actions.journal import Entry, Journal
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Snapshot, Volume, shard_tag
from courseops.model.backups.catalogue import newest_of
from courseops.model.backups.copies import Drill
from courseops.model.backups.drill import LARGEST_BYTES, one_of, problem_of, some_of
from courseops.model.backups.restore import Sighting, versions_of
from courseops.model.run import Outcome

# One file is drawn from so many homes, not from a thousand: to list them takes time.
_HOMES = 20
# Beside the files, the folders they are in take room.
_ROOM = 1.1


@dataclass(frozen=True, kw_only=True)
class BackupDrilled:
    """What `backup drill` had back, and what was wrong with it."""

    hub: str
    run_id: str
    drills: tuple[Drill, ...]
    outcomes: tuple[Outcome, ...]


def drill_backup(
    ports: BackupPorts, journal: Journal, *, home: bool = False, random: Random | None = None
) -> BackupDrilled:
    """
    Have one file of each shard back from its newest snapshot, or with `home` all of one home.

    It must have its size, and where the one in the home is still the one that was backed up,
    the same bytes. What is in no snapshot cannot be drilled, and is skipped.

    Raises:
        CourseOpsError: nothing was ever backed up.
    """
    # A hub that is being backed up can be drilled all the same.
    with journal.run("backup-drill", f"drill/{ports.hub}") as entry:
        _Drilling(ports, journal, entry, random or SystemRandom()).carry_out(home=home)
        drills = ports.copies.drills(ports.hub, limit=len(entry.outcomes))
    return BackupDrilled(
        hub=ports.hub,
        run_id=entry.run.id,
        drills=tuple(it for it in drills if it.at >= entry.run.started_at),
        outcomes=tuple(entry.outcomes),
    )


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What one drill had back."""

    volume: Volume
    path: str
    files: int
    size_bytes: int
    compared: int
    broken: tuple[str, ...] = ()
    problem: str = ""


_NOTHING = _Found(volume=Volume(username="", path=""), path="", files=0, size_bytes=0, compared=0)


class _Drilling:
    """One drill of one hub."""

    def __init__(self, ports: BackupPorts, journal: Journal, entry: Entry, random: Random) -> None:
        self._ports = ports
        self._journal = journal
        self._entry = entry
        self._random = random

    def carry_out(self, *, home: bool) -> None:
        """Drill every shard, or one of them."""
        shards = self._shards()
        if home:
            shards = self._random.sample(shards, 1)
        stage = self._journal.progress.stage(f"drill {self._ports.hub}", len(shards))
        with stage as advance:
            for number, snapshot, volumes in shards:
                try:
                    found = self._home(snapshot, volumes) if home else self._file(snapshot, volumes)
                except CourseOpsError as error:
                    found = replace(_NOTHING, problem=str(error))
                self._note(number, snapshot, found, "home" if home else "file")
                advance(1)

    def _shards(self) -> list[tuple[int, Snapshot, list[Volume]]]:
        """Give each shard's newest snapshot, and who of those who still have a home is in it."""
        ports = self._ports
        newest = ports.catalogue.newest(ports.hub) or newest_of(ports.repository.snapshots())
        shards = ports.copies.shards(ports.hub)
        volumes = {it.username: it for it in ports.volumes.survey(shards).volumes}
        found: dict[int, list[Volume]] = {}
        for username, number in shards.items():
            if username in volumes and shard_tag(number) in newest:
                found.setdefault(number, []).append(volumes[username])
        if not found:
            raise CourseOpsError(
                f"there is nothing to drill: no home of {ports.hub} was backed up yet",
                hint=f"courseops backup run {ports.hub}",
            )
        return [(it, newest[shard_tag(it)], found[it]) for it in sorted(found)]

    def _file(self, snapshot: Snapshot, volumes: Sequence[Volume]) -> _Found | None:
        """Have one file back, drawn from some homes; None if there is none."""
        ports = self._ports
        drawn = {it.path: it for it in some_of(volumes, _HOMES, self._random)}
        files = ports.repository.files(snapshot.id, list(drawn))
        small = (it for it in files if it.size_bytes <= LARGEST_BYTES)
        chosen = one_of(small, self._random)
        if chosen is None:
            return None
        volume = next(it for it in drawn.values() if chosen.path.startswith(f"{it.path}/"))
        sighting = replace(chosen, path=chosen.path.removeprefix(f"{volume.path}/"))
        with ports.staging.stage() as staged:
            try:
                ports.repository.dump(volume, sighting, staged)
            except CourseOpsError as error:
                return _one(volume, sighting, compared=0, problem=str(error))
            return self._compared(volume, sighting, staged)

    def _compared(self, volume: Volume, sighting: Sighting, copy: int) -> _Found:
        ports = self._ports
        content = ports.staging.examine(copy, sighting.path.rpartition("/")[2])
        is_like = ports.homes.compare(ports.volumes.root, volume, sighting, copy)
        if content.is_notebook is False:
            self._mark(volume, sighting)
        found = _one(
            volume,
            sighting,
            compared=0 if is_like is None else 1,
            problem=problem_of(sighting, content, like_live=is_like),
        )
        return replace(found, broken=(sighting.path,) if content.is_notebook is False else ())

    def _mark(self, volume: Volume, sighting: Sighting) -> None:
        """Let whoever looks for versions see that this one is no whole notebook."""
        (version,) = versions_of([sighting])[sighting.path]
        self._ports.catalogue.mark_broken(self._ports.hub, volume.username, version)

    def _home(self, snapshot: Snapshot, volumes: Sequence[Volume]) -> _Found | None:
        """Have all of one home back; None if there are only empty ones."""
        for volume in some_of(volumes, _HOMES, self._random):
            files = [
                replace(it, path=it.path.removeprefix(f"{volume.path}/"))
                for it in self._ports.repository.files(snapshot.id, [volume.path])
            ]
            if files:
                return self._whole(snapshot, volume, files)
        return None

    def _whole(self, snapshot: Snapshot, volume: Volume, files: Sequence[Sighting]) -> _Found:
        ports, size_bytes = self._ports, sum(it.size_bytes for it in files)
        with ports.staging.stage_folder(round(size_bytes * _ROOM)) as room:
            ports.repository.restore(snapshot.id, [volume.path], room)
            found = list(self._each(volume, files, str(room)))
        problems = [f"{it.path}: {it.problem}" for it in found if it.problem]
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        return _Found(
            volume=volume,
            path="",
            files=len(files),
            size_bytes=size_bytes,
            compared=sum(it.compared for it in found),
            broken=tuple(path for it in found for path in it.broken),
            problem=problems[0] + more if problems else "",
        )

    def _each(self, volume: Volume, files: Sequence[Sighting], room: str) -> Iterator[_Found]:
        for file in files:
            try:
                with self._ports.homes.open_copy(room, f"{volume.path}/{file.path}") as copy:
                    yield self._compared(volume, file, copy)
            except CourseOpsError as error:
                yield _one(volume, file, compared=0, problem=str(error))

    def _note(self, number: int, snapshot: Snapshot, found: _Found | None, what: str) -> None:
        subject = shard_tag(number)
        if found is None:
            outcome = Outcome.skipped(subject, "holds no file to drill", kind="nothing-to-drill")
            self._entry.note(outcome)
            return
        drill = _drill_of(self._ports.hub, number, snapshot, found, what, self._journal.clock.now())
        self._ports.copies.note_drill(drill)
        self._entry.note(_outcome_of(subject, self._ports.hub, found))


def _one(volume: Volume, file: Sighting, *, compared: int, problem: str) -> _Found:
    return _Found(
        volume=volume,
        path=file.path,
        files=1,
        size_bytes=file.size_bytes,
        compared=compared,
        problem=problem,
    )


def _drill_of(
    hub: str, number: int, snapshot: Snapshot, found: _Found, what: str, at: datetime
) -> Drill:
    return Drill(
        hub=hub,
        shard=number,
        what=what,
        username=found.volume.username,
        path=found.path,
        snapshot_id=snapshot.id,
        at=at,
        files=found.files,
        size_bytes=found.size_bytes,
        problem=found.problem,
    )


def _outcome_of(subject: str, hub: str, found: _Found) -> Outcome:
    what = f"{found.volume.username}/{found.path}".strip("/") or "the snapshot"
    if found.problem:
        return Outcome.failed(
            subject,
            f"{what}: {found.problem}",
            kind="drill-failed",
            mend=f"see what is wrong: courseops backup check {hub} --read-data",
        )
    told = f"{what}: {found.files} files, {found.size_bytes} bytes, {found.compared} as in the home"
    if found.broken:
        told += f"; no whole notebook: {found.broken[0]}"
    return Outcome.done(subject, told, kind="broken-notebook" if found.broken else "")
