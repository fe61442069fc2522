"""A site whose backups somebody spoils, and how one sees that nothing was lost."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from courseops.adapters.store import open_store_in
from courseops.model.run import Run
from tests.support.backup import PASSWORD, make_home
from tests.support.command import Desk, Said
from tests.support.programs import Require

# Another restic than the machine's: all of tests/faults is then asked of that one.
RESTIC = os.environ.get("COURSEOPS_RESTIC", "restic")

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
# One that only the first snapshot holds: it is gone for good if that is.
KEPT = NOTEBOOK.replace("{}", '{"kept": "what only the first backup holds"}')


@dataclass
class BackupSite(Desk):
    """
    One hub that does not answer, with three homes and a repository.

    `within` is put before each command, to run it in another place.
    """

    within: tuple[str, ...] = ()

    @property
    def homes(self) -> Path:
        return self.folder / "homes"

    @property
    def repository(self) -> Path:
        return self.folder / "backup"

    def set_up(self, *, password: object = None, **backup: object) -> None:
        """Write the configuration anew; `backup` is changed in the section of that name."""
        section = {
            "repository": "backup",
            "restic": shutil.which(RESTIC),
            "password": password or {"file": "backup.password"},
            **backup,
        }
        hub = {
            "url": "http://127.0.0.1:1",
            "token": {"file": "campus.token"},
            "homes": f"{self.homes}/{{username}}",
            "backup": section,
        }
        self.configure(hubs={"campus": hub})

    def run(self, *args: str, **more: Any) -> Said:
        return super().run(*args, prefix=(*self.within, *more.pop("prefix", ())), **more)

    def back_up(self) -> Said:
        return self.run("backup", "run", "campus")

    def check(self, *more: str) -> Said:
        return self.run("backup", "check", "campus", *more)

    def bring_back(self, *paths: str, user: str = "ada", to: str = "", how: str = "") -> Said:
        more = [*(("--to", to) if to else ()), *how.split()]
        return self.run("restore", "apply", "campus", user, *more, "--yes", "--", *paths)

    def restic(self, *args: str) -> bytes:
        """Ask restic itself, past all that is ours."""
        env = {
            "PATH": os.environ["PATH"],
            "RESTIC_PASSWORD": PASSWORD,
            "RESTIC_REPOSITORY": str(self.repository),
            "RESTIC_CACHE_DIR": str(self.folder / "cache-of-its-own"),
        }
        done = subprocess.run(
            [RESTIC, *args], env=env, capture_output=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def locks(self) -> list[Path]:
        # A restic that is killed while it writes its lock leaves an unfinished file, which locks
        # nothing: https://github.com/restic/restic/blob/v0.14.0/internal/backend/local/local.go
        found = (self.repository / "locks").iterdir()
        return [it for it in found if "-tmp-" not in it.name]

    def runs(self) -> list[Run]:
        """Give what is on record, newest first."""
        with open_store_in(self.folder / "state") as store:
            return store.runs.recent(scope="hub/campus")

    def pack_with(self, content: bytes) -> tuple[Path, int]:
        """Find the pack that a small file lies in, and a place in the middle of it."""
        wanted = hashlib.sha256(content).hexdigest()
        for name in self.restic("list", "index", "--no-lock").decode().split():
            for pack in json.loads(self.restic("cat", "index", name, "--no-lock"))["packs"]:
                for blob in pack["blobs"]:
                    if blob["id"] == wanted:
                        at = self.repository / "data" / pack["id"][:2] / pack["id"]
                        return at, blob["offset"] + blob["length"] // 2
        raise AssertionError("no pack holds it")


def flip(file: Path, at: int) -> None:
    """Change one byte."""
    raw = bytearray(file.read_bytes())
    raw[at] ^= 1
    file.chmod(0o600)
    file.write_bytes(raw)


def assert_kept(site: BackupSite) -> None:
    """See that what the first snapshot held can still be had, as its learner's own file."""
    back = site.homes / "ada/kept.ipynb"
    assert not back.exists()
    said = site.bring_back("kept.ipynb")
    assert said.code == 0, said.out + said.err
    assert back.read_text() == KEPT
    back.unlink()


def assert_heals(site: BackupSite) -> None:
    """See that the next run succeeds, keeps what was there and leaves a sound repository."""
    again = site.back_up()
    assert again.code == 0, again.out + again.err
    checked = site.check()
    assert checked.code == 0, checked.out + checked.err
    assert_kept(site)
    left = [it.name for it in site.locks()]
    assert not left, left


def assert_said(said: Said, code: int, pattern: str) -> None:
    """See that a command failed with one sentence that a person understands."""
    assert said.code == code, said.out + said.err
    for each in (said.out, said.err):
        assert "Traceback" not in each
        assert PASSWORD not in each
    errors = re.findall(r"^error: (.*)$", said.err, re.MULTILINE)
    assert len(errors) == 1, said.err
    assert re.search(pattern, errors[0]), errors[0]


@pytest.fixture(scope="session")
def backed_up(
    tmp_path_factory: pytest.TempPathFactory, require: Require, empty_restic: Path
) -> Path:
    """Set up a site with one snapshot, once, for all tests to copy."""
    require("restic", shutil.which(RESTIC))
    site = BackupSite(tmp_path_factory.mktemp("backed-up"))
    site.write("campus.token", "unused", mode=0o600)
    site.write("backup.password", PASSWORD, mode=0o600)
    make_home(site.homes, "ada", {"kept.ipynb": KEPT, "week1/hw1.ipynb": NOTEBOOK})
    make_home(site.homes, "bob", {"hw1.ipynb": NOTEBOOK})
    make_home(site.homes, "cyd", {"notes.txt": "nothing happens here"})
    shutil.copytree(empty_restic, site.repository)
    site.set_up()
    done = site.back_up()
    assert done.code == 0, done.out + done.err
    (site.homes / "ada/kept.ipynb").unlink()
    return site.folder


@pytest.fixture
def site(backed_up: Path, tmp_path: Path) -> BackupSite:
    """Give a site with one snapshot; ada has since deleted a notebook that it holds."""
    subprocess.run(["cp", "-a", f"{backed_up}/.", tmp_path], check=True)
    site = BackupSite(tmp_path)
    site.set_up()
    return site


@contextmanager
def small_disk(at: Path, size: str) -> Iterator[tuple[str, ...]]:
    """
    Put a disk of so many bytes at a folder, which only what is run by the given words sees.

    The mount is in a namespace of its own, which goes with its last process; nothing of the
    machine changes. It holds at first what the folder does.
    """
    script = (
        'cp -a "$1" "$1.real" && mount -t tmpfs -o "size=$2" tmpfs "$1" && '
        'cp -a "$1.real/." "$1" && rm -r "$1.real" && echo ready && cat'
    )
    args = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh"]
    with subprocess.Popen(
        [*args, str(at), size], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdin
        assert holder.stdout.readline() == b"ready\n"
        yield ("nsenter", "--target", str(holder.pid), "--mount", "--")
        holder.stdin.close()
