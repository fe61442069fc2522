"""One hub's restic repository.

Nothing here restores into a home with `restic restore`, which before 0.17 follows a link that a
learner has planted and writes, as root, where it leads. Files are dumped, and placed by
`courseops.adapters.placing`; a restore goes into an empty folder where nobody plants anything: https://github.com/restic/restic/releases/tag/v0.17.0
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from courseops.adapters.process import Finished
from courseops.adapters.restic import answers, arguments, versions
from courseops.adapters.restic.failures import failure
from courseops.adapters.restic.launcher import Launcher
from courseops.adapters.restic.versions import Meaning, Version, meaning_of
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backup import BackupSummary, Snapshot, Volume
from courseops.model.restore import Sighting, matches

# Every snapshot of ours has the first; the second will tell apart the parts of a large hub.
TAGS = ("auto", "shard-00")

BACKUP_TIMEOUT_SECONDS = 4 * 60 * 60.0
READ_TIMEOUT_SECONDS = 15 * 60.0
CHECK_TIMEOUT_SECONDS = 8 * 60 * 60.0


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
        backup_timeout_seconds: float = BACKUP_TIMEOUT_SECONDS,
        read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
    ) -> None:
        self._host = host
        self._backup_timeout_seconds = backup_timeout_seconds
        self._read_timeout_seconds = read_timeout_seconds
        self._launcher = Launcher(
            program=program,
            repository=_placed(repository, folder),
            password=password,
            cache=cache,
            environment=environment or {},
        )

    @cached_property
    def version(self) -> Version:
        """Give the release of the restic program."""
        return versions.parse_version(self._launcher.version())

    def exists(self) -> bool:
        """
        Say whether the repository was ever initialised.

        Raises:
            CourseOpsError: it could not be opened for any other reason than not being there.
        """
        answer = self._run(["cat", "config", "--no-lock"])
        if meaning_of(answer.code, answer.stderr) is Meaning.NO_REPOSITORY:
            return False
        self._insist(answer)
        return True

    def initialise(self) -> None:
        """
        Make a new, empty repository; nothing else ever does.

        Raises:
            RefusedError: there is one already.
        """
        if self.exists():
            place = answers.without_login(self._launcher.repository)
            raise RefusedError(f"there is a repository at {place} already")
        self._insist(self._run(["init"]))

    def back_up(self, root: Path, volumes: Sequence[Volume]) -> BackupSummary:
        """
        Take one snapshot of every volume that is there, under paths relative to `root`.

        Raises:
            CourseOpsError: no snapshot was made.
        """
        # Until 0.19 restic skipped a missing folder and still ended with 0.
        there = [each.path for each in volumes if _is_folder(root / each.path)]
        if not there:
            raise CourseOpsError(f"there is nothing to back up in {root}")
        answer = self._launcher.run(
            arguments.backup(
                version=self.version, host=self._host, tags=TAGS, parent=self._parent()
            ),
            timeout_seconds=self._backup_timeout_seconds,
            stdin=b"".join(path.encode(errors="surrogateescape") + b"\0" for path in there),
            cwd=root,
        )
        if meaning_of(answer.code, answer.stderr) is not Meaning.PARTIAL:
            self._insist(answer)
        unread = answers.unread(answer.stderr, f"{root.absolute()}/")
        return self._named_in_full(answers.summary(answer.stdout, unread))

    def holds(self, snapshot_id: str, paths: Sequence[str]) -> frozenset[str]:
        """Give those of `paths` (of volumes) that the snapshot holds as a folder."""
        parents = sorted({f"/{path}".rpartition("/")[0] or "/" for path in paths})
        if not parents:
            return frozenset()
        said = self._ask(arguments.folders(snapshot_id=snapshot_id, paths=parents))
        held = {
            str(row.get("path", "")).removeprefix("/")
            for row in answers.documents(said.decode(errors="replace"))
            if row.get("type") == "dir"
        }
        return frozenset(paths) & held

    def snapshots(self) -> list[Snapshot]:
        """List the hub's snapshots, newest first."""
        said = self._ask(arguments.snapshots(host=self._host, tag=TAGS[0]))
        found = [answers.snapshot(row) for row in answers.listing(said)]
        return sorted(found, key=lambda snapshot: snapshot.taken_at, reverse=True)

    def find(self, volume: Volume, patterns: Sequence[str]) -> list[Sighting]:
        """Give every file of a volume, in every snapshot, that one of the patterns means."""
        wanted = [arguments.pattern_below(volume.path, pattern) for pattern in patterns]
        said = self._ask(arguments.find(host=self._host, tag=TAGS[0], patterns=wanted))
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
        said = self._ask(arguments.find_in(snapshot_ids=list(by_id), patterns=patterns))
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
        self._insist(self._launcher.run(line, timeout_seconds=self._backup_timeout_seconds))

    def dump(self, volume: Volume, sighting: Sighting, to: int) -> None:
        """
        Write the bytes of one file to the descriptor `to`.

        Raises:
            CourseOpsError: they could not be had whole; what was written is worth nothing.
        """
        line = arguments.dump(
            snapshot_id=sighting.snapshot_id, path=f"/{volume.path}/{sighting.path}"
        )
        self._ask(line, stdout=to)

    def check(self, *, read_data: bool = False) -> list[str]:
        """Verify the repository, with `read_data` every byte of it; give what is wrong."""
        # A killed restic leaves its lock behind. A plain unlock takes away only those whose
        # process is gone: https://restic.readthedocs.io/en/stable/manual_rest.html
        self._run(["unlock"])
        answer = self._launcher.run(
            arguments.check(version=self.version, read_data=read_data),
            timeout_seconds=CHECK_TIMEOUT_SECONDS,
        )
        meaning = meaning_of(answer.code, answer.stderr)
        if meaning not in {Meaning.DAMAGED, Meaning.FAILED}:
            self._insist(answer)
            return []
        lines = [line.strip() for line in answer.stderr.splitlines() if line.strip()]
        return lines or [answers.complaint(answer.stderr)]

    def _parent(self) -> str:
        if self.version >= versions.GROUP_BY:
            return ""
        earlier = self.snapshots()
        return earlier[0].id if earlier else ""

    def _named_in_full(self, summary: BackupSummary) -> BackupSummary:
        if self.version >= versions.FULL_SNAPSHOT_ID:
            return summary
        for snapshot in self.snapshots():
            if snapshot.id.startswith(summary.snapshot_id):
                return replace(summary, snapshot_id=snapshot.id)
        raise CourseOpsError(f"the new snapshot {summary.snapshot_id} is not in the repository")

    def _run(self, line: Sequence[str], stdout: int | None = None) -> Finished:
        return self._launcher.run(line, timeout_seconds=self._read_timeout_seconds, stdout=stdout)

    def _ask(self, line: Sequence[str], stdout: int | None = None) -> bytes:
        answer = self._run(line, stdout)
        self._insist(answer)
        return answer.stdout

    def _insist(self, answer: Finished) -> None:
        if meaning_of(answer.code, answer.stderr) is not Meaning.DONE:
            raise failure(answer, place=self._launcher.repository, host=self._host)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _cuts(path: str) -> Iterator[tuple[str, str]]:
    """Give each folder that a file lies in, and the file's path from there."""
    parts = path.strip("/").split("/")
    for cut in range(1, len(parts)):
        yield "/".join(parts[:cut]), "/".join(parts[cut:])


def _placed(repository: str, folder: Path) -> str:
    """Take a plain path as one below `folder`, and leave "sftp:…" and the like as it is."""
    has_scheme = re.match(r"[a-z0-9]+:", repository)
    return repository if has_scheme else str((folder / repository).absolute())
