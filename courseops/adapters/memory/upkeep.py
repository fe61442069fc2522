"""The upkeep of a repository kept in memory."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import ConfigError, RefusedError
from courseops.model.retention import Judged, Retention


class MemoryUpkeep:
    """
    The upkeep of one repository; `unfreed` are the bytes that no snapshot needs any more.

    Without `can_erase` it is like a restic before 0.15. It keeps every snapshot for ever.
    """

    def __init__(
        self,
        repository: MemoryRepository,
        *,
        second: MemoryRepository | None = None,
        append_only: bool = False,
        can_erase: bool = True,
    ) -> None:
        self._holdings = repository.holdings
        self._second = second
        self._append_only = append_only
        self._can_erase = can_erase
        self.unfreed = 0

    def forget(self, retention: Retention, *, dry_run: bool) -> list[Judged]:  # noqa: ARG002 -- it keeps everything
        """Keep everything."""
        if not dry_run:
            self._insist_on_change()
        return [
            Judged(snapshot=it, reasons=("memory keeps everything",))
            for it in self._holdings.snapshots
        ]

    def prune(self, *, whole: bool = False) -> int:
        """Free what no snapshot needs; give how many bytes."""
        self._insist_on_change()
        # restic, too, leaves a part of it unless it is told to leave nothing.
        freed = self.unfreed if whole else 0
        self.unfreed -= freed
        return freed

    def copy(self, snapshot_ids: Sequence[str] = ()) -> int:
        """Bring the second repository what it lacks; give how many snapshots."""
        if self._second is None:
            raise ConfigError("there is no second repository")
        there = {it.taken_at for it in self._second.holdings.snapshots}
        wanted = [
            it
            for it in self._holdings.snapshots
            if it.taken_at not in there and (not snapshot_ids or it.id in snapshot_ids)
        ]
        for it in wanted:
            made = replace(it, id=secrets.token_hex(32))
            self._second.holdings.add(made, dict(self._holdings.files[it.id]))
        return len(wanted)

    def erase(self, paths: Sequence[str]) -> int:
        """Take folders and files out of every snapshot; give how many snapshots held any."""
        if not self._can_erase:
            raise RefusedError(
                "restic 0.14.0 cannot take anything out of a snapshot",
                hint="install restic 0.15 or newer",
            )
        self._insist_on_change()
        changed = 0
        for it in list(self._holdings.snapshots):
            files = self._holdings.files[it.id]
            gone = {
                path for path in files for top in paths if path == top or path.startswith(f"{top}/")
            }
            if gone:
                changed += 1
                self.unfreed += sum(len(files[path].content) for path in gone)
                self._rewrite(it.id, {path: files[path] for path in files.keys() - gone})
        return changed

    def _rewrite(self, snapshot_id: str, files: dict[str, object]) -> None:
        at = next(
            number for number, it in enumerate(self._holdings.snapshots) if it.id == snapshot_id
        )
        made = replace(self._holdings.snapshots[at], id=secrets.token_hex(32))
        self._holdings.snapshots[at] = made
        del self._holdings.files[snapshot_id]
        self._holdings.files[made.id] = files  # type: ignore[assignment]

    def _insist_on_change(self) -> None:
        if self._append_only:
            raise RefusedError("the repository only takes new snapshots")
