"""Record what each restic here answers to our command lines, for the tests to read.

Writes tests/assets/restic/RELEASE/NAME.json with a code, stdout and stderr for the system's
restic and those in .restics/ (see scripts/fetch_restics). Only what a release newly says should
then differ from what is there, besides times, ids and numbers of processes.

Needs root, and setpriv to read as somebody who may not read everything.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from courseops.adapters.restic import arguments, upkeep_arguments, versions
from courseops.adapters.restic.versions import Version, parse_version
from courseops.model.backups.backup import BackupOrder
from courseops.model.backups.retention import Retention

HERE = Path(__file__).resolve().parent.parent
ASSETS = HERE / "tests/assets/restic"
LEARNER = 23_456
ID_LENGTH = 64
CHANGED_AT_NS = 1_772_368_215_123_456_789
HOST = "campus"
WEAK = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")

Ending = tuple[int, bytes, bytes]


@dataclass(frozen=True)
class Bench:
    """One restic and a repository of its own; what it says is kept by name."""

    program: str
    place: Path
    version: Version

    @property
    def environment(self) -> dict[str, str]:
        """Give restic what it needs, and nothing else."""
        return {
            "PATH": os.environ["PATH"],
            "RESTIC_REPOSITORY": str(self.place / "repository"),
            "RESTIC_PASSWORD": "recorded",
            "RESTIC_CACHE_DIR": str(self.place / "cache"),
            "RESTIC_PROGRESS_FPS": "0.2",
        }

    def run(
        self, line: Sequence[str], *, before: Sequence[str] = (), stdin: bytes = b"", **env: str
    ) -> Ending:
        """Run one command in the folder of all homes."""
        ended = subprocess.run(
            [*before, self.program, *line],
            env={**self.environment, **env},
            cwd=self.place / "homes",
            input=stdin,
            capture_output=True,
            check=False,
            timeout=300,
        )
        return ended.returncode, ended.stdout, ended.stderr

    def keep(self, name: str, ending: Ending) -> None:
        """Keep an answer, without a path or name of this machine."""
        code, said, complained = ending
        folder = ASSETS / ".".join(map(str, self.version[:2]))
        folder.mkdir(parents=True, exist_ok=True)
        document = {"code": code, "stdout": self._clean(said), "stderr": self._clean(complained)}
        (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")

    def _clean(self, said: bytes) -> str:
        text = said.decode(errors="replace").replace(str(self.place), "/srv")
        return text.replace(f" {socket.gethostname()} ", " server ")

    def back_up(self, *names: str, **order: object) -> list[str]:
        """Spell a backup of our kind."""
        line = arguments.backup(version=self.version, host=HOST, order=BackupOrder(**order))  # type: ignore[arg-type]
        return [*line[:-2], *names]

    def snapshot_ids(self) -> list[str]:
        """List the snapshots, oldest first."""
        rows = json.loads(self.run(arguments.snapshots(host=HOST))[1])
        return [row["id"] for row in sorted(rows, key=lambda row: row["time"])]


def main() -> None:
    """Record with every restic there is."""
    for program in ("restic", *sorted(map(str, (HERE / ".restics").glob("*/restic")))):
        with tempfile.TemporaryDirectory() as place:
            said = subprocess.run([program, "version"], capture_output=True, text=True, check=True)
            bench = Bench(program, Path(place), parse_version(said.stdout))
            sys.stderr.write(f"recording restic {versions.written(bench.version)}\n")
            make_homes(bench.place / "homes")
            bench.run(["init"])
            for record in (successes, refusals, interruptions, damages, a_second, append_only):
                record(bench)


def make_homes(homes: Path) -> None:
    """Make two homes, one with a file that only root can read."""
    for name, text in {
        "ada/hw1.ipynb": '{"cells": []}',
        "ada/ps1/empty.txt": "",
        "bob/x": "",
    }.items():
        (homes / name).parent.mkdir(parents=True, exist_ok=True)
        (homes / name).write_text(text)
    os.utime(homes / "ada/hw1.ipynb", ns=(CHANGED_AT_NS, CHANGED_AT_NS))
    for path in homes.rglob("*"):
        os.chown(path, LEARNER, LEARNER)


def successes(bench: Bench) -> None:
    """Record what goes well, or nearly."""
    homes = bench.place / "homes"
    bench.keep("backup", bench.run(bench.back_up("ada", "bob")))
    bench.keep("unchanged", bench.run(bench.back_up("ada", "bob")))
    (homes / "bob/x").write_text("more")
    (homes / "bob/closed.txt").write_text("closed")
    (homes / "bob/closed.txt").chmod(0)
    for path in (homes, *homes.rglob("*")):
        os.chown(path, 0, 0) if path.name in {"closed.txt", "bob", "homes"} else None
    (homes / "bob").chmod(0o755)
    bench.keep("partial", bench.run(bench.back_up("ada", "bob"), before=WEAK))
    (homes / "bob/closed.txt").unlink()
    bench.keep("source-missing", bench.run(bench.back_up("ada", "nobody")))
    oldest, *_, newest = bench.snapshot_ids()
    bench.keep("snapshots", bench.run(arguments.snapshots(host=HOST)))
    bench.keep("files", bench.run(arguments.files(snapshot_id=oldest, paths=["/ada", "/bob"])))
    bench.keep("folders", bench.run(arguments.folders(snapshot_id=oldest, paths=["/"])))
    bench.keep("find", bench.run(arguments.find_in(snapshot_ids=[oldest], patterns=["/ada"])))
    bench.keep("diff", bench.run(arguments.diff(older_id=oldest, newer_id=newest)))
    bench.keep("check", bench.run(arguments.check(read_data=False, part=(1, 2))))
    keep = Retention(within="0h", hourly="0h", daily="1d", weekly="0h", monthly="0h")
    bench.keep(
        "forget", bench.run(upkeep_arguments.forget(host=HOST, retention=keep, dry_run=True))
    )
    if versions.REWRITE.of(bench.version):
        bench.keep("rewrite", bench.run(upkeep_arguments.rewrite(host=HOST, paths=["bob"])))
    bench.keep("prune", bench.run(upkeep_arguments.prune(whole=True)))


def refusals(bench: Bench) -> None:
    """Record what cannot go well."""
    newest = bench.snapshot_ids()[-1]
    ask = arguments.snapshots(host=HOST)
    bench.keep("all-sources-missing", bench.run(bench.back_up("nobody")))
    bench.keep("no-parent", bench.run(bench.back_up("ada", parent="5a" * 32)))
    bench.keep("no-snapshot", bench.run(arguments.files(snapshot_id="5a" * 32, paths=[])))
    bench.keep("no-file", bench.run(arguments.dump(snapshot_id=newest, path="/ada/none")))
    another = {"RESTIC_PASSWORD": "another"}
    bench.keep("wrong-password", bench.run(ask, **another))
    bench.keep("no-repository", bench.run(ask, RESTIC_REPOSITORY=str(bench.place / "none")))
    bench.keep("unknown-option", bench.run([*ask, "--unheard-of"]))
    # Newer ones ask again for 15 minutes, and then this is all that they have said.
    patience = ["timeout", "--signal=KILL", "5"]
    far = {"RESTIC_REPOSITORY": "rest:http://127.0.0.1:1/x"}
    bench.keep("unreachable", bench.run(["cat", "config"], before=patience, **far))


def interruptions(bench: Bench) -> None:
    """Record a lock, and how restic ends by signals."""
    for name in ("SIGINT", "SIGTERM", "SIGKILL"):
        with at_work(bench) as restic:
            if name == "SIGINT":
                bench.keep("locked", bench.run(upkeep_arguments.prune(whole=False)))
            restic.send_signal(signal.Signals[name])
            said, complained = restic.communicate(timeout=60)
            bench.keep(name.lower(), (restic.returncode, said, complained))
    bench.run(["unlock"])


@contextmanager
def at_work(bench: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """Start a backup that waits for its input, and has its lock."""
    with subprocess.Popen(
        [bench.program, "backup", "--json", "--stdin"],
        env=bench.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as restic:
        locks = bench.place / "repository/locks"
        while not any(len(it.name) == ID_LENGTH for it in locks.iterdir()):
            time.sleep(0.05)
        yield restic


def damages(bench: Bench) -> None:
    """Record a repository of which parts are spoiled or gone."""
    shutil.copytree(bench.place / "repository", bench.place / "sound")
    newest = bench.snapshot_ids()[-1]
    files = arguments.files(snapshot_id=newest, paths=[])

    def spoil(name: str, act: Callable[[Path], object], **lines: Sequence[str]) -> None:
        shutil.rmtree(bench.place / "repository")
        shutil.copytree(bench.place / "sound", bench.place / "repository")
        shutil.rmtree(bench.place / "cache", ignore_errors=True)
        act(bench.place / "repository")
        for what, line in lines.items():
            bench.keep(f"{name}-{what}", bench.run(line))

    check = arguments.check(read_data=True, part=None)
    spoil(
        "spoiled-snapshot",
        lambda it: flip(it / "snapshots" / newest),
        snapshots=arguments.snapshots(host=HOST),
        backup=bench.back_up("ada", parent=newest if bench.version >= (0, 17, 0) else ""),
        check=check,
    )
    spoil("no-index", lambda it: remove(it / "index"), files=files, check=check)
    spoil("spoiled-data", lambda it: [flip(each) for each in packs(it)], check=check)
    if versions.EXIT_CODES.of(bench.version):
        # Before, restic tried for a quarter of an hour.
        spoil("no-data", lambda it: remove(it / "data"), files=files, check=check)
    shutil.rmtree(bench.place / "repository")
    shutil.move(bench.place / "sound", bench.place / "repository")


def packs(repository: Path) -> list[Path]:
    """List the files with data."""
    return [it for it in (repository / "data").rglob("*") if it.is_file()]


def flip(path: Path) -> None:
    """Spoil one byte."""
    raw = bytearray(path.read_bytes())
    raw[20] ^= 1
    path.chmod(0o600)
    path.write_bytes(raw)


def remove(folder: Path) -> None:
    """Remove all files of a folder."""
    for path in [it for it in folder.rglob("*") if it.is_file()]:
        path.unlink()


def a_second(bench: Bench) -> None:
    """Record a copy to a second repository."""
    second = {"RESTIC_REPOSITORY": str(bench.place / "second")}
    source = {
        "RESTIC_FROM_REPOSITORY": str(bench.place / "repository"),
        "RESTIC_FROM_PASSWORD": "recorded",
    }
    bench.run(["init"], **second)
    line = upkeep_arguments.copy(host=HOST, snapshot_ids=[])
    bench.keep("copy", bench.run(line, **second, **source))


def append_only(bench: Bench) -> None:
    """Record a server that takes new snapshots only."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [str(HERE / ".restics/restic-rest-server"), "--append-only", "--no-auth"]
    line += ["--listen", f"127.0.0.1:{port}", "--path", str(bench.place / "served")]
    far = {"RESTIC_REPOSITORY": f"rest:http://127.0.0.1:{port}/"}
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        time.sleep(1)
        bench.run(["init"], **far)
        for year in (2021, 2022):
            (bench.place / "homes/bob/x").write_text(str(year))
            bench.run([*bench.back_up("bob"), "--time", f"{year}-01-01 00:00:00"], **far)
        keep = upkeep_arguments.forget(host=HOST, retention=Retention(), dry_run=False)
        code, said, complained = bench.run(keep, **far)
        bench.keep("append-only", (code, said, re.sub(rb":\d{5}/", b":8000/", complained)))
        server.terminate()


if __name__ == "__main__":
    main()
