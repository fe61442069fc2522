"""Homes, and the repositories they are backed up to."""

import os
import shutil
from pathlib import Path

import pytest

from courseops.adapters.clock import SystemClock
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.restic.repository import Restic
from courseops.model.backup import Volume
from courseops.ports import Repository
from tests.support.programs import Require

PASSWORD = "correct horse battery staple"

# Any id that is not root's and that no account of the machine needs to have.
LEARNER = 23_456 if os.geteuid() == 0 else os.geteuid()

# The machine's own, and newer ones that scripts/fetch_restics unpacked.
_UNPACKED = Path(__file__).resolve().parents[2] / ".restics"
PROGRAMS = ["restic", *sorted(map(str, _UNPACKED.glob("*/restic")))]
RESTICS = [
    pytest.param(program, marks=pytest.mark.restic, id=program.rpartition(".restics/")[2])
    for program in PROGRAMS
]


def volumes(*usernames: str) -> list[Volume]:
    return [Volume(username=username, path=username) for username in usernames]


def make_home(root: Path, username: str, files: dict[str, str]) -> Path:
    """Make a home with files in it, all of them the learner's."""
    home = root / username
    home.mkdir(parents=True)
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in (home, *home.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, LEARNER, LEARNER, follow_symlinks=False)
    return home


def restic_at(place: Path, **changes: object) -> Restic:
    settings: dict[str, object] = {
        "repository": str(place / "repository"),
        "password": lambda: PASSWORD,
        "host": "campus",
        "cache": place / "cache",
    }
    return Restic(**{**settings, **changes})  # type: ignore[arg-type]


@pytest.fixture
def homes(tmp_path: Path) -> Path:
    """Three homes; the folder of all homes is not the learners' own."""
    root = tmp_path / "homes"
    make_home(root, "ada", {"hw1.ipynb": '{"cells": []}', "ps1/notes.txt": "one"})
    make_home(root, "bob", {"hw1.ipynb": '{"cells": [1]}'})
    make_home(root, "[x]*?", {"hw1.ipynb": '{"cells": [2]}'})
    return root


@pytest.fixture(params=["memory", *RESTICS])
def new_repository(request: pytest.FixtureRequest, require: Require, tmp_path: Path) -> Repository:
    """Give a repository that was never initialised."""
    if request.param == "memory":
        return MemoryRepository(clock=SystemClock(), initialised=False)
    require("restic", shutil.which(request.param))
    return restic_at(tmp_path, program=request.param)


@pytest.fixture(scope="session")
def empty_restic(tmp_path_factory: pytest.TempPathFactory, require: Require) -> Path:
    """Initialise one repository for all tests to copy: restic takes a second for its keys."""
    require("restic", shutil.which("restic"))
    place = tmp_path_factory.mktemp("restic")
    restic_at(place).initialise()
    return place / "repository"


@pytest.fixture
def restic(empty_restic: Path, tmp_path: Path) -> Restic:
    shutil.copytree(empty_restic, tmp_path / "repository")
    return restic_at(tmp_path)


@pytest.fixture(params=["memory", *RESTICS])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    if request.param == "memory":
        return MemoryRepository(clock=SystemClock())
    request.getfixturevalue("restic")
    return restic_at(tmp_path, program=request.param)
