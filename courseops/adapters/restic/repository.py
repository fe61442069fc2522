"""One hub's restic repository.

Nothing here restores into a home with `restic restore`, which before 0.17 follows a link that a
learner has planted and writes, as root, where it leads. Files are dumped, and placed by
`courseops.adapters.placing.homes`; a restore goes into an empty folder where nobody plants
anything: https://github.com/restic/restic/releases/tag/v0.17.0
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from courseops.adapters.restic import answers, arguments
from courseops.adapters.restic.door import Deadlines, Door
from courseops.adapters.restic.endings import Meaning, meaning_of
from courseops.adapters.restic.launcher import Launcher
from courseops.adapters.restic.taking import take
from courseops.adapters.restic.versions import Version
from courseops.errors import RefusedError
from courseops.model.backups.backup import BackupOrder, BackupSummary, Snapshot, Volume
from courseops.model.backups.restore import Sighting, matches

# restic compares each file with each folder it is asked for; beyond this, sifting here is cheaper.
_MANY_FOLDERS = 200


class Restic:
    """
    The repository of the hub `host`.

    `repository` is what restic calls one (a path, relative to `folder`, or "sftp:…", "s3:…").
    `password` is called whenever restic is started. `environment` holds what a far
    repository needs (AWS_ACCESS_KEY_ID, B2_ACCOUNT_KEY, …).
    """

    def __init__(
        self,
        *,
        repository: str,
        password: Callable[[], str],
        host: str,
        cache: Path,
        folder: Path = Path(),
        program: str = "restic",
        environment: Mapping[str, str] | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        launcher = Launcher(
            program=program,
            repository=_placed(repository, folder),
            password=password,
            cache=cache.absolute(),
            environment=environment or {},
        )
        self.door = Door(launcher=launcher, host=host, deadlines=deadlines or Deadlines())

    @property
    def version(self) -> Version:
        """Give the release of the restic program."""
        return self.door.version

    def exists(self) -> bool:
        """
        Say whether the repository was ever initialised.

        Raises:
            CourseOpsError: it could not be opened for any other reason than not being there.
        """
        answer = self.door.run(["cat", "config", "--no-lock"], seconds=self.door.deadlines.opening)
        if meaning_of(answer.code, answer.stderr) is Meaning.NO_REPOSITORY:
            return False
        self.door.insist(answer)
        return True

    def initialise(self) -> None:
        """
        Make a new, empty repository; nothing else ever does.

        Raises:
            RefusedError: there is one already.
        """
        if self.exists():
            raise RefusedError(f"there is a repository at {self.door.place} already")
        self.door.ask(["init"])

    def back_up(
        self, root: Path, volumes: Sequence[Volume], order: BackupOrder | None = None
    ) -> BackupSummary:
        """
        Take one snapshot of every volume that is there, under paths relative to `root`.

        Raises:
            CourseOpsError: no snapshot was made.
        """
        return take(self.door, root, volumes, order or BackupOrder())

    def holds(self, snapshot_id: str, paths: Sequence[str]) -> frozenset[str]:
        """Give those of `paths` (of volumes) that the snapshot holds as a folder."""
        parents = sorted({f"/{path}".rpartition("/")[0] or "/" for path in paths})
        if not parents:
            return frozenset()
        with self.door.listing(arguments.folders(snapshot_id=snapshot_id, paths=parents)) as rows:
            held = {row["path"].removeprefix("/") for row in rows if row.get("type") == "dir"}
        return frozenset(paths) & held

    def snapshots(self) -> list[Snapshot]:
        """List the hub's snapshots, newest first."""
        said = self.door.ask(arguments.snapshots(host=self.door.host))
        found = [answers.snapshot(row) for row in answers.listing(said)]
        return sorted(found, key=lambda snapshot: snapshot.taken_at, reverse=True)

    def files(self, snapshot_id: str, folders: Sequence[str] = ()) -> Iterator[Sighting]:
        """Give every regular file of a snapshot, or those below some folders, one by one."""
        few = len(folders) <= _MANY_FOLDERS
        asked = [f"/{folder}" for folder in folders] if few else []
        wanted = frozenset(folders)
        line = arguments.files(snapshot_id=snapshot_id, paths=asked)
        with self.door.listing(line) as rows:
            for it in answers.listed(rows):
                if few or any(folder in wanted for folder, _ in _cuts(it.path)):
                    yield it

    def changes(self, older_id: str, newer_id: str) -> Iterator[str]:
        """
        Give the path of each file, link or the like that two snapshots do not hold alike.

        Of a file that became a folder, restic does not say what lies in it.
        """
        line = arguments.diff(older_id=older_id, newer_id=newer_id)
        with self.door.listing(line) as rows:
            yield from answers.changes(rows)

    def find(self, volume: Volume, patterns: Sequence[str]) -> list[Sighting]:
        """Give every file of a volume, in every snapshot, that one of the patterns means."""
        wanted = [arguments.pattern_below(volume.path, pattern) for pattern in patterns]
        said = self.door.ask(arguments.find(host=self.door.host, patterns=wanted))
        # find does not say when a snapshot was taken.
        known = {snapshot.id: snapshot for snapshot in self.snapshots()}
        top = f"/{volume.path}/"
        found = {}
        for snapshot_id, file in answers.files(answers.listing(said)):
            path = file["path"].removeprefix(top)
            mine = path != file["path"] and any(matches(pattern, path) for pattern in patterns)
            if mine and snapshot_id in known:
                found[path, snapshot_id] = answers.sighting(
                    file, path=path, seen_in=known[snapshot_id]
                )
        return list(found.values())

    def files_below(
        self, folders: Mapping[Snapshot, Collection[str]]
    ) -> dict[tuple[str, str], list[Sighting]]:
        """Give every file below some folders, each in the snapshot it is asked for, in one go."""
        by_id = {snapshot.id: snapshot for snapshot in folders}
        wanted = {(it.id, path) for it, paths in folders.items() for path in paths}
        if not wanted:
            return {}
        patterns = arguments.patterns_for({path for _, path in wanted})
        said = self.door.ask(arguments.find_in(snapshot_ids=list(by_id), patterns=patterns))
        found: dict[tuple[str, str], dict[str, Sighting]] = {}
        for snapshot_id, file in answers.files(answers.listing(said)):
            for folder, path in _cuts(file["path"]):
                if (snapshot_id, folder) in wanted:
                    seen = answers.sighting(file, path=path, seen_in=by_id[snapshot_id])
                    found.setdefault((snapshot_id, folder), {})[path] = seen
        return {key: list(files.values()) for key, files in found.items()}

    def restore(self, snapshot_id: str, paths: Sequence[str], into: Path) -> None:
        """
        Write files of a snapshot below the empty folder `into`, which only we can enter.

        Raises:
            CourseOpsError: they could not be had whole; what was written is worth nothing.
        """
        line = arguments.restore(snapshot_id=snapshot_id, paths=paths, into=str(into))
        self.door.ask(line, seconds=self.door.deadlines.backup)

    def dump(self, volume: Volume, sighting: Sighting, to: int) -> None:
        """
        Write the bytes of one file to the descriptor `to`.

        Raises:
            CourseOpsError: they could not be had whole; what was written is worth nothing.
        """
        line = arguments.dump(
            snapshot_id=sighting.snapshot_id, path=f"/{volume.path}/{sighting.path}"
        )
        self.door.ask(line, stdout=to)

    def check(self, *, read_data: bool = False, part: tuple[int, int] | None = None) -> list[str]:
        """Verify the repository, with `read_data` every byte, with `part` those of one part."""
        answer = self.door.run(
            arguments.check(read_data=read_data, part=part), seconds=self.door.deadlines.upkeep
        )
        meaning = meaning_of(answer.code, answer.stderr)
        if meaning not in {Meaning.DAMAGED, Meaning.NO_INDEX, Meaning.FAILED}:
            self.door.insist(answer)
            return []
        lines = [line.strip() for line in answer.stderr.splitlines() if line.strip()]
        return lines or [answers.complaint(answer.stderr)]


def _cuts(path: str) -> Iterator[tuple[str, str]]:
    """Give each folder that a file lies in, and the file's path from there."""
    parts = path.strip("/").split("/")
    for cut in range(1, len(parts)):
        yield "/".join(parts[:cut]), "/".join(parts[cut:])


def _placed(repository: str, folder: Path) -> str:
    """Take a plain path as one below `folder`, and leave "sftp:…" and the like as it is."""
    has_scheme = re.match(r"[a-z0-9]+:", repository)
    return repository if has_scheme else str((folder / repository).absolute())
