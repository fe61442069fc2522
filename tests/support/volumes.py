"""Every way in which a hub may keep its learners' files, for the contract of `Volumes`."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.adapters.volumes.docker import DockerVolumes
from courseops.adapters.volumes.listed import ListedVolumes, listed_by, listed_in
from courseops.adapters.volumes.naming import NAMINGS, namings_of
from courseops.ports.backup import Volumes
from tests.support.dockerd import Dockerd, RecordedDocker

PREFIX = "jupyterhub-user-"


class Estate(Protocol):
    """One way of keeping files; a test makes volumes in it and looks at them through the port."""

    def make(self, username: str) -> Path:
        """Make a learner's volume as the hub would, give the folder of her files."""

    def volumes(self, accounts: Sequence[str] = ()) -> Volumes:
        """Give the port; `accounts` are those that the hub has."""

    def lost(self) -> Volumes:
        """Give the port where what it looks at is not there."""


class Folders:
    """A folder each, named by the first naming of a word."""

    def __init__(self, folder: Path, word: str, below: str = "") -> None:
        self.folder, self.word, self.below = folder / "homes", word, below
        self.folder.mkdir()

    def make(self, username: str) -> Path:
        home = self.folder / f"{NAMINGS[self.word][0].spell(username)}{self.below}"
        home.mkdir(parents=True)
        return home

    def volumes(self, accounts: Sequence[str] = ()) -> Volumes:
        return self._at(self.folder, accounts)

    def lost(self) -> Volumes:
        return self._at(self.folder / "unmounted", ())

    def _at(self, folder: Path, accounts: Sequence[str]) -> Volumes:
        template = f"{folder}/{{username}}{self.below}"
        return DirectoryVolumes(template, namings_of([self.word]), accounts=lambda: accounts)


class Docker:
    """A named volume each, in a real engine or as one answered."""

    def __init__(self, docker: Dockerd | RecordedDocker, word: str = "escape") -> None:
        self.docker, self.word = docker, word

    def make(self, username: str) -> Path:
        return self.docker.make_volume(f"{PREFIX}{NAMINGS[self.word][0].spell(username)}")

    def volumes(self, accounts: Sequence[str] = ()) -> Volumes:
        template, namings = f"{PREFIX}{{username}}", namings_of([self.word])
        return DockerVolumes(self.docker.engine, template, namings, accounts=lambda: accounts)

    def lost(self) -> Volumes:
        elsewhere = self.docker.folder / "unmounted"
        return DockerVolumes(self.docker.engine, f"{PREFIX}{{username}}", root=elsewhere)


class Listed:
    """A list in a file, or one that a command prints."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder, self.kind, self.rows = folder / "homes", kind, [("username", "folder")]
        self.folder.mkdir()

    def make(self, username: str) -> Path:
        home = self.folder / f"{len(self.rows)}/home"
        home.mkdir(parents=True)
        # One by its whole path, the next by the shorter one.
        relative = home.relative_to(self.folder)
        self.rows.append((username, str(home if len(self.rows) % 2 else relative)))
        return home

    def volumes(self, accounts: Sequence[str] = ()) -> Volumes:  # noqa: ARG002 -- an Estate's
        return self._at(self.folder)

    def lost(self) -> Volumes:
        return self._at(self.folder / "unmounted")

    def _at(self, root: Path) -> Volumes:
        path = self.folder.parent / f"list.{self.kind}"
        with path.open("w", encoding="utf-8", newline="") as file:
            if self.kind == "toml":
                file.writelines(f'"{name}" = "{folder}"\n' for name, folder in self.rows[1:])
            else:
                csv.writer(file).writerows(self.rows)
        if self.kind != "command":
            return ListedVolumes(root, listed_in(path))
        cat = [sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", str(path)]
        return ListedVolumes(root, listed_by(cat, path.parent))


def _real(word: str) -> object:
    marks = [pytest.mark.docker, pytest.mark.xdist_group("docker")]
    return pytest.param(f"docker-{word}", marks=marks)


_FOLDERS = [f"folders-{word}" for word in NAMINGS]
_RECORDED = ["recorded-escape", "recorded-legacy"]
_LISTED = ["list-csv", "list-toml", "list-command"]


@pytest.fixture(
    params=[*_FOLDERS, "export-plain", *_RECORDED, _real("escape"), _real("legacy"), *_LISTED]
)
def estate(request: pytest.FixtureRequest, tmp_path: Path) -> Estate:
    kind, _, word = request.param.partition("-")
    make: dict[str, Callable[[], Estate]] = {
        "folders": lambda: Folders(tmp_path, word),
        "export": lambda: Folders(tmp_path, word, below="/home"),
        "recorded": lambda: Docker(request.getfixturevalue("recorded_docker"), word),
        "docker": lambda: Docker(request.getfixturevalue("dockerd"), word),
        "list": lambda: Listed(tmp_path, word),
    }
    return make[kind]()
