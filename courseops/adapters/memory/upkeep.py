"""The upkeep of a backup repository kept in memory, by restic's own rules.

Newer releases of restic keep the oldest snapshot of all, too, where a rule reaches so far back.
https://restic.readthedocs.io/en/stable/060_forget.html
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import ConfigError, RefusedError
from courseops.model.backups.backup import Snapshot
from courseops.model.backups.retention import Judged, Retention

# Of all snapshots of one such span, the newest is kept.
_SPANS: dict[str, Callable[[datetime], tuple[int, ...]]] = {
    "hourly": lambda at: (at.year, at.month, at.day, at.hour),
    "daily": lambda at: (at.year, at.month, at.day),
    "weekly": lambda at: at.isocalendar()[:2],
    "monthly": lambda at: (at.year, at.month),
}


class MemoryUpkeep:
    """The upkeep of one repository in memory, and of a `second` one."""

    def __init__(
        self,
        repository: MemoryRepository,
        *,
        second: MemoryRepository | None = None,
        append_only: bool = False,
    ) -> None:
        self._holdings = repository.holdings
        self._second = second
        self._append_only = append_only

    def forget(self, retention: Retention, *, dry_run: bool) -> list[Judged]:
        """Drop the snapshots that no rule keeps; with `dry_run` only say which, and why."""
        if not dry_run:
            self._insist_on_change()
        kinds: dict[frozenset[str], list[Snapshot]] = {}
        for it in sorted(self._holdings.snapshots, key=lambda it: it.taken_at, reverse=True):
            kinds.setdefault(frozenset(it.tags), []).append(it)
        judged = [it for alike in kinds.values() for it in _judge(alike, retention)]
        for each in judged:
            if not each.reasons and not dry_run:
                self._holdings.snapshots.remove(each.snapshot)
                del self._holdings.files[each.snapshot.id]
        return judged

    def prune(self, *, whole: bool = False) -> int:  # noqa: ARG002 - nothing is ever left of it
        """Free what no snapshot needs; give how many bytes."""
        self._insist_on_change()
        needed = {file.content for each in self._holdings.files.values() for file in each.values()}
        freed = self._holdings.stored - needed
        self._holdings.stored &= needed
        return sum(map(len, freed))

    def copy(self, snapshot_ids: Sequence[str] = ()) -> int:
        """Bring the second repository what it lacks, or the named ones; give how many."""
        if self._second is None:
            raise ConfigError("there is no second repository")
        there = self._second.holdings
        lacking = [
            it
            for it in self._holdings.snapshots
            if it.id not in there.copied and (not snapshot_ids or it.id in snapshot_ids)
        ]
        for it in lacking:
            there.add(_renamed(it), self._holdings.files[it.id])
            there.copied.add(it.id)
        return len(lacking)

    def erase(self, paths: Sequence[str]) -> int:
        """Take folders and files out of every snapshot; give how many held any of them."""
        self._insist_on_change()
        erased = 0
        for number, it in enumerate(self._holdings.snapshots):
            files = self._holdings.files[it.id]
            kept = {path: files[path] for path in files if not _is_below(path, paths)}
            volumes = tuple(path for path in it.paths if not _ends_below(path, paths))
            if len(kept) < len(files) or len(volumes) < len(it.paths):
                anew = replace(_renamed(it), paths=volumes)
                self._holdings.snapshots[number] = anew
                del self._holdings.files[it.id]
                self._holdings.files[anew.id] = kept
                erased += 1
        return erased

    def _insist_on_change(self) -> None:
        if self._append_only:
            raise RefusedError("the repository only takes new snapshots")


def _judge(alike: Sequence[Snapshot], retention: Retention) -> Iterator[Judged]:
    """Judge the snapshots of one kind, newest first."""
    newest = alike[0].taken_at
    last: dict[str, tuple[int, ...]] = {}
    for it in alike:
        reasons = []
        if it.taken_at > _before(newest, retention.within):
            reasons.append(f"within {retention.within}")
        for name, span_of in _SPANS.items():
            span, kept_for = span_of(it.taken_at), getattr(retention, name)
            if it.taken_at > _before(newest, kept_for) and last.get(name) != span:
                last[name] = span
                reasons.append(f"{name} within {kept_for}")
        yield Judged(snapshot=it, reasons=tuple(reasons))


def _before(moment: datetime, span: str) -> datetime:
    """Go back by years and months of the calendar, days and hours."""
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)([ymdh])", span)}
    months = moment.year * 12 + moment.month - 1 - 12 * parts.get("y", 0) - parts.get("m", 0)
    # The 31st of a month of 30 days is the first of the next, as it is to restic.
    first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
    days = moment.day - 1 - parts.get("d", 0)
    return first + timedelta(days=days, hours=-parts.get("h", 0))


def _renamed(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, id=secrets.token_hex(32))


def _is_below(path: str, tops: Sequence[str]) -> bool:
    return any(f"{path}/".startswith(f"{top}/") for top in tops)


def _ends_below(volume: str, tops: Sequence[str]) -> bool:
    return any(f"/{volume}".endswith(f"/{top}") for top in tops)
