"""How long it takes to find a lost file, from the command's start to its end.

    python benchmarks/catalogue.py [--learners 10000] [--snapshots 60] [--folder FOLDER]

The catalogue is filled as runs fill it, shard by shard: 2 % of the files change between one
snapshot and the next, and there is no repository at all, so nothing but the catalogue can
answer. Each figure is the best of several; beside it stands what Python itself takes to do
nothing. Exits with 1 if a bound is not held.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from lesson import Took, folder_for, run
from sheet import Sheet

from courseops.adapters.history import DATABASE
from courseops.adapters.history.looking import FileCatalogue
from courseops.adapters.store import Store, open_store_in
from courseops.model.backups.backup import AUTO, Snapshot, shard_tag
from courseops.model.backups.restore import Sighting

_BOUND_SECONDS = 0.3
_TIMES = 7
_SHARD = 1000
_CHANGED = 0.02
_HUB = "campus"
_FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
_COURSEOPS = str(Path(sys.executable).with_name("courseops"))
_CONFIG = """
[site]
state = "state"

[hubs.campus]
url = "http://127.0.0.1:1"
token = {file = "token"}
homes = "HOMES/{username}"

[hubs.campus.backup]
repository = "nowhere"
password = {file = "password"}
restic = "/nowhere/restic"
"""


class Term:
    """Everybody's files, and what becomes of them from one snapshot to the next."""

    def __init__(self, learners: int, files: int) -> None:
        self._random = random.Random(5)
        self.shards = [
            range(first, min(first + _SHARD, learners)) for first in range(0, learners, _SHARD)
        ]
        self._homes = {
            f"u{number:05}": [_file(f"ps{it % 6}/hw{it:02}.ipynb", it) for it in range(files)]
            for number in range(learners)
        }

    def homes(self, shard: int) -> dict[str, list[Sighting]]:
        """Give every home of a shard as it is."""
        names = (f"u{number:05}" for number in self.shards[shard])
        return {name: self._homes[name] for name in names}

    def work(self, shard: int, snapshot: int) -> dict[str, list[Sighting]]:
        """Change some files of a shard; give the homes that are not as they were."""
        changed: dict[str, list[Sighting]] = {}
        for name, files in self.homes(shard).items():
            touched = [it for it in range(len(files)) if self._random.random() < _CHANGED]
            for it in touched:
                at = _FIRST + timedelta(hours=snapshot, seconds=it)
                files[it] = replace(files[it], modified_at=at, size_bytes=1000 + snapshot)
            if touched:
                changed[name] = files
        return changed


def _file(path: str, size_bytes: int) -> Sighting:
    return Sighting(
        path=path,
        snapshot_id="",
        taken_at=_FIRST,
        modified_at=_FIRST - timedelta(days=1, microseconds=size_bytes),
        size_bytes=size_bytes,
        mode=0o644,
        uid=1000,
        gid=100,
    )


def _snapshot(shard: int, number: int) -> Snapshot:
    return Snapshot(
        id=f"{number:032x}{shard:032x}"[::-1],
        taken_at=_FIRST + timedelta(hours=number, minutes=shard),
        paths=(),
        tags=(AUTO, shard_tag(shard)),
    )


def fill(sheet: Sheet, store: Store, term: Term, snapshots: int) -> None:
    """Take in snapshot after snapshot, and say what each kind of run costs."""
    took: dict[str, list[float]] = {"first": [], "2 % changed": []}
    for number in range(snapshots):
        for shard in range(len(term.shards)):
            seen = term.work(shard, number) if number else term.homes(shard)
            adding = partial(store.catalogue.add, _HUB, _snapshot(shard, number), seen)
            took["2 % changed" if number else "first"].append(_timed(adding))
    for what, seconds in took.items():
        if seconds:
            mean = 1000 * sum(seconds) / len(seconds)
            sheet.note(f"{what}: a shard's snapshot, on average", f"{mean:.1f} ms")


def look(sheet: Sheet, store: Store, folder: Path, snapshots: int) -> None:
    """Say what an unchanged run, a retention and a look cost in a process that runs."""
    unchanged = _timed(lambda: store.catalogue.add(_HUB, _snapshot(0, snapshots), {}))
    sheet.note("unchanged: a shard's snapshot", f"{1000 * unchanged:.1f} ms")
    oldest = [_snapshot(0, 1).id, _snapshot(0, snapshots).id]
    forgotten = _timed(lambda: store.catalogue.forget(_HUB, oldest))
    sheet.note("two snapshots of a shard forgotten", f"{1000 * forgotten:.1f} ms")
    catalogue = FileCatalogue(folder / DATABASE)
    for pattern in ("hw07.ipynb", "*"):
        asked = partial(catalogue.versions, _HUB, "u00042", pattern)
        seconds, found = min(_timed(asked) for _ in range(20)), len(asked())
        sheet.note(f"versions of {pattern}, {found} of them", f"{1000 * seconds:.1f} ms")


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def command(sheet: Sheet, folder: Path) -> None:
    """Say what the whole command takes, and hold it against its bound."""
    nothing = min(run([sys.executable, "-c", "pass"], folder).wall for _ in range(_TIMES))
    sheet.note("python -c pass", f"{nothing:.2f} s")
    for pattern in ("hw07.ipynb", "*"):
        words = ["restore", "find", _HUB, "u00042", pattern]
        took = [_courseops(folder, *words) for _ in range(_TIMES + 1)][1:]
        best = min(took, key=lambda it: it.wall)
        sheet.judge(" ".join(words), best.wall, _BOUND_SECONDS, "s")
        sheet.note("  of the processor's time", f"{best.cpu:.2f} s")


def _courseops(folder: Path, *words: str) -> Took:
    return run([_COURSEOPS, *words, "--config", str(folder / "config.toml")], folder)


def _configure(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "homes" / "u00042").mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(_CONFIG.replace("HOMES", str(folder / "homes")))
    for name in ("token", "password"):
        (folder / name).touch(0o600)
        (folder / name).write_text("secret\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--snapshots", type=int, default=60)
    parser.add_argument("--folder", type=Path, help="where the catalogue is, or is to be, kept")
    chosen = parser.parse_args()
    sheet = Sheet()
    with folder_for(chosen.folder) as folder:
        state = folder / "state"
        sheet.title(
            f"{chosen.learners} learners x {chosen.files} files x {chosen.snapshots} snapshots"
        )
        is_there = (state / DATABASE).exists()
        _configure(folder)
        with open_store_in(state) as store:
            if not is_there:
                fill(sheet, store, Term(chosen.learners, chosen.files), chosen.snapshots)
                look(sheet, store, state, chosen.snapshots)
        size = (state / DATABASE).stat().st_size
        sheet.note("size of the database", f"{size / 1e6:.0f} MB")
        command(sheet, folder)
    sys.exit(bool(sheet.missed))


if __name__ == "__main__":
    main()
