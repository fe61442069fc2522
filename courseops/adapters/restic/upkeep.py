"""What keeps a restic repository small, copied, and free of what must be gone.

Retention groups snapshots by host and tags. restic's own grouping goes by the list of folders,
so that with every new learner a new group begins and nothing is ever dropped:
https://github.com/restic/restic/issues/1951
Only snapshots of our host that have our tag are ever touched.
"""

from __future__ import annotations

from collections.abc import Sequence

from courseops.adapters.restic import answers, upkeep_arguments, versions
from courseops.adapters.restic.repository import Restic
from courseops.errors import ConfigError, RefusedError
from courseops.model.backups.retention import Judged, Retention


class ResticUpkeep:
    """
    The upkeep of one repository, and of a `second` one that gets every snapshot too.

    With `append_only` nothing is dropped from here: the storage, or somebody, forbids it.
    """

    def __init__(
        self, repository: Restic, *, second: Restic | None = None, append_only: bool = False
    ) -> None:
        self._door = repository.door
        self._second = second
        self._append_only = append_only

    def forget(self, retention: Retention, *, dry_run: bool) -> list[Judged]:
        """
        Drop the snapshots that no rule keeps; with `dry_run` only say which, and why.

        Raises:
            RefusedError: the repository only takes new snapshots.
        """
        if not dry_run:
            self._insist_on_change("forget snapshots")
        line = upkeep_arguments.forget(host=self._door.host, retention=retention, dry_run=dry_run)
        # What cannot be read is no reason to keep all else for ever; `check` tells of it.
        said = self._door.ask(line, seconds=self._door.deadlines.upkeep, despite_damage=True)
        return list(answers.judged(answers.listing(said)))

    def prune(self, *, whole: bool = False) -> int:
        """
        Free what no snapshot needs; give how many bytes. With `whole`, nothing is left of it.

        Raises:
            LockedError: another restic is at work there.
        """
        self._insist_on_change("free space")
        return answers.pruned(self._say(upkeep_arguments.prune(whole=whole)))

    def copy(self, snapshot_ids: Sequence[str] = ()) -> int:
        """
        Bring the second repository what it lacks, or the named ones; give how many snapshots.

        Raises:
            ConfigError: there is no second repository.
        """
        if self._second is None:
            raise ConfigError(
                f"{self._door.host} has no second repository",
                hint=f"add a section [hubs.{self._door.host}.backup.copy_to] to config.toml",
            )
        to = self._second.door
        line = upkeep_arguments.copy(host=self._door.host, snapshot_ids=snapshot_ids)
        said = to.ask(line, seconds=to.deadlines.upkeep, source=self._door.launcher)
        return answers.copied(said.decode(errors="replace"))

    def erase(self, paths: Sequence[str]) -> int:
        """
        Take folders and files out of every snapshot; give how many snapshots held any of them.

        The snapshots have other ids afterwards, and what they were made of is still there until
        `prune(whole=True)`.

        Raises:
            RefusedError: restic is older than 0.15, or the repository only takes new snapshots.
        """
        version = self._door.version
        if not versions.REWRITE.of(version):
            raise RefusedError(
                f"restic {versions.written(version)} cannot take anything out of a snapshot",
                hint="install restic 0.15 or newer, Debian 13's for example, and set its path: "
                f"[hubs.{self._door.host}.backup] restic",
            )
        self._insist_on_change("erase anything")
        if not paths:
            return 0
        said = self._say(upkeep_arguments.rewrite(host=self._door.host, paths=paths))
        return answers.rewritten(said)

    def _insist_on_change(self, what: str) -> None:
        if self._append_only:
            raise RefusedError(
                f"the repository {self._door.place} only takes new snapshots: cannot {what}",
                hint="do this from where it may be changed, with append_only = false",
            )

    def _say(self, line: Sequence[str]) -> str:
        said = self._door.ask(line, seconds=self._door.deadlines.upkeep)
        return said.decode(errors="replace")
