"""How fast homes are backed up and a file is had back, beside bare restic on the same tree.

    python benchmarks/backup.py [--part large|small|restore] [--small] [--restic PROGRAM]

Each of ours is a whole command, from its start to its end, with a real hub to ask; beside it
stands the restic command that does the bare thing, on a repository of its own, in the same run.
borg, rsync and tar with zstd are measured too where they are installed. What the figures mean is
told in docs/explanation/backups.md. Exits with 1 if a bound is not held. Fifteen minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from homes import LARGE, SMALL, change_some, name_of, write_homes
from lesson import Took, run
from memory import COMMAND, watching
from sheet import Sheet

from courseops.config.writing import config_text
from courseops.demo.hub import LocalHub

_BIN = Path(sys.executable).parent
_TIMES = 3
_SAMPLE = 20
_PASSWORD = "measured"


@dataclass(frozen=True, kw_only=True)
class Class:
    """A tree of homes, with a repository of ours and one for the bare program."""

    folder: Path
    hub: LocalHub
    learners: int
    restic: str

    @property
    def homes(self) -> Path:
        return self.folder / "homes"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def configure(self) -> None:
        (self.folder / "password").write_text(_PASSWORD)
        (self.folder / "password").chmod(0o600)
        backup = {
            "repository": str(self.folder / "ours"),
            "password": {"file": str(self.folder / "password")},
            "restic": self.restic,
            "learners_a_shard": max(1000, self.learners),
        }
        hub = {
            "url": self.hub.url,
            "token": {"file": str(self.hub.token_file)},
            "homes": str(self.homes / "{username}"),
            "backup": backup,
        }
        self.config.write_text(config_text({}, {"campus": hub}, {}))
        self.courseops("backup", "init", "campus")
        self.bare("init")

    def courseops(self, *words: str) -> Took:
        return run([str(_BIN / "courseops"), *words, "--config", str(self.config)], self.folder)

    def bare(self, *words: str, repository: str = "bare") -> Took:
        """Run restic as it comes, with a warm cache of its own."""
        options = [
            *("--repo", str(self.folder / repository)),
            *("--password-file", str(self.folder / "password")),
            *("--cache-dir", str(self.folder / "cache")),
        ]
        return run([self.restic, *words, *options], self.homes)

    def back_up_bare(self, *homes: str) -> Took:
        return self.bare("backup", "--host", "campus", *(homes or ["."]))


@contextmanager
def open_class(learners: int, weights: tuple[int, int, int], restic: str) -> Iterator[Class]:
    with (
        tempfile.TemporaryDirectory(prefix="courseops-benchmark-") as folder,
        LocalHub(Path(folder) / "hub") as hub,
    ):
        made = Class(folder=Path(folder), hub=hub, learners=learners, restic=restic)
        made.homes.mkdir()
        write_homes(made.homes, learners, weights)
        made.configure()
        yield made


def large(sheet: Sheet, learners: int, restic: str) -> None:
    """500 homes of 4 MB each: the first run, one in which nothing changed, one after a day."""
    with open_class(learners, LARGE, restic) as it:
        sheet.title(f"{learners} learners x 20 files, {_gigabytes(it.homes):.2f} GB")
        bare, ours = it.back_up_bare(), it.courseops("backup", "run", "campus")
        _beside(sheet, "first run", bare, ours, 1.1)
        bare, ours = _best(it.back_up_bare), _best(lambda: it.courseops("backup", "run", "campus"))
        _beside(sheet, "unchanged run", bare, ours, 1.25)
        each = _one_by_one(it)
        sheet.note("one restic a learner, from a sample", f"{each:.0f} s")
        sheet.at_least("ours is faster than that", each / ours.wall, 100)
        change_some(it.homes, learners, 2)
        bare, ours = it.back_up_bare(), it.courseops("backup", "run", "campus")
        sheet.note("2 % changed: bare restic", f"{bare.wall:.2f} s")
        sheet.note("2 % changed: courseops backup run", f"{ours.wall:.2f} s")
        _peers(sheet, it)


def small(sheet: Sheet, learners: int, restic: str) -> None:
    """10,000 homes of small files, in which nothing changed."""
    with open_class(learners, SMALL, restic) as it:
        sheet.title(f"{learners} learners x 20 small files")
        first = it.courseops("backup", "run", "campus")
        it.back_up_bare()
        sheet.note("first run", f"{first.wall:.2f} s")
        bare = _best(it.back_up_bare)
        with watching(COMMAND) as seen:
            ours = _best(lambda: it.courseops("backup", "run", "campus"))
        _beside(sheet, "unchanged run", bare, ours, 2)
        sheet.judge("most memory of ours, restic included (PSS)", seen.most_mib, 250, "MB")


def restore(sheet: Sheet, learners: int, restic: str) -> None:
    """One file back, end to end, beside one bare dump of it."""
    with open_class(learners, LARGE, restic) as it:
        sheet.title(f"One file of one of {learners} learners")
        for _ in range(3):
            it.courseops("backup", "run", "campus")
            change_some(it.homes, learners, 10)
        learner, path = name_of(learners // 2), "file00.ipynb"
        it.bare("backup", "--host", "campus", name_of(learners // 2))
        found = _best(lambda: it.courseops("restore", "find", "campus", learner, path))
        sheet.judge("restore find", found.wall, 0.3, "s")
        bare = _best(lambda: it.bare("dump", "latest", f"/{learner}/{path}"))
        (it.homes / learner / path).unlink()
        ours = _best(
            lambda: it.courseops("restore", "apply", "campus", learner, path, "--yes"),
        )
        _beside(sheet, "restore apply of one file (restic dump)", bare, ours, 2)


def _one_by_one(it: Class) -> float:
    """Back up a sample of homes each by a restic of its own, twice; extrapolate the second."""
    names = [name_of(number) for number in range(min(_SAMPLE, it.learners))]
    for _ in range(2):
        began = time.monotonic()
        for name in names:
            it.back_up_bare(name)
        took = time.monotonic() - began
    return took / len(names) * it.learners


def _peers(sheet: Sheet, it: Class) -> None:
    """Measure what else people use, an unchanged run each."""
    for called, first, again in _rivals(it):
        run(first, it.folder)
        took = run(again, it.folder)
        sheet.note(f"unchanged run of {called}", f"{took.wall:.2f} s")


def _rivals(it: Class) -> Iterator[tuple[str, list[str], list[str]]]:
    homes, folder = str(it.homes), str(it.folder)
    if shutil.which("borg"):
        borg = f"export BORG_PASSPHRASE={_PASSWORD} BORG_BASE_DIR={folder}; "
        made = f"borg init -e repokey {folder}/borg && cd {homes} && borg create {folder}/borg::a ."
        again = f"cd {homes} && borg create {folder}/borg::b ."
        yield "borg", ["sh", "-c", borg + made], ["sh", "-c", borg + again]
    if shutil.which("rsync"):
        first = ["rsync", "-a", f"{homes}/", f"{folder}/rsync-a"]
        linked = f"--link-dest={folder}/rsync-a"
        yield "rsync --link-dest", first, ["rsync", "-a", linked, f"{homes}/", f"{folder}/rsync-b"]
    if shutil.which("zstd"):
        packed = f"tar -C {homes} -c . | zstd -q -T0 -f -o {folder}/all.tar.zst"
        yield "tar | zstd (all of it again)", ["sh", "-c", packed], ["sh", "-c", packed]


def _best(act: Callable[[], Took]) -> Took:
    return min((act() for _ in range(_TIMES)), key=lambda it: it.wall)


def _beside(sheet: Sheet, what: str, bare: Took, ours: Took, bound: float) -> None:
    sheet.note(f"{what}: bare restic", f"{bare.wall:.2f} s")
    sheet.note(f"{what}: courseops", f"{ours.wall:.2f} s")
    sheet.judge(f"{what}: ours / bare", ours.wall / bare.wall, bound, "x")


def _gigabytes(root: Path) -> float:
    return sum(it.stat().st_size for it in root.rglob("*") if it.is_file()) / 1e9


PARTS = {"large": (large, 500, 40), "small": (small, 10_000, 200), "restore": (restore, 500, 40)}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=list(PARTS), action="append")
    parser.add_argument("--small", action="store_true", help="to see whether it runs")
    parser.add_argument("--restic", default="restic", help="the program to measure with")
    chosen = parser.parse_args(arguments)
    os.umask(0o022)
    sheet = Sheet()
    version = subprocess.run([chosen.restic, "version"], capture_output=True, text=True, check=True)
    print(version.stdout.strip())
    for part in chosen.part or PARTS:
        measure, full, few = PARTS[part]
        measure(sheet, few if chosen.small else full, chosen.restic)
    sys.exit(bool(sheet.missed))


if __name__ == "__main__":
    main()
