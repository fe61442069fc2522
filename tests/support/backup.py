"""Homes, and the repositories they are backed up to."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from courseops.actions.restores.ports import RestorePorts
from courseops.adapters.clock import SystemClock
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.pages.restore_note import NoteWords
from courseops.adapters.placing.homes import HomePlacer
from courseops.adapters.restic.repository import Restic
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.model.backups.backup import Volume
from courseops.model.backups.restored import Note, RestoredFile
from courseops.model.language import Language
from courseops.ports.backup import Repository
from courseops.ports.copies import Catalogue
from tests.support.programs import Require
from tests.support.restic_format import cheapen

_THEN = datetime(2026, 3, 2, 15, tzinfo=UTC)

PASSWORD = "correct horse battery staple"

# Any id that is not root's and that no account of the machine needs to have.
LEARNER = 23_456 if os.geteuid() == 0 else os.geteuid()

# The machine's own, and the newest that scripts/fetch_restics unpacked; COURSEOPS_ALL_RESTICS=1
# takes those in between, too.
UNPACKED = Path(__file__).resolve().parents[2] / ".restics"
_NEWER = sorted(map(str, UNPACKED.glob("*/restic")))
PROGRAMS = ["restic", *(_NEWER if os.environ.get("COURSEOPS_ALL_RESTICS") else _NEWER[-1:])]
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


def restore_ports(homes: Path, staging: Path, repository: Repository, **more: Any) -> RestorePorts:
    return RestorePorts(
        hub="campus",
        volumes=DirectoryVolumes(f"{homes}/{{username}}"),
        repository=repository,
        placer=HomePlacer(root=homes, staging=staging),
        **more,
    )


def back_up(ports: RestorePorts) -> str:
    """Take a snapshot of all homes; give its id."""
    volumes = ports.volumes.survey().volumes
    return ports.repository.back_up(ports.volumes.root, volumes).snapshot_id


def sample_note(language: Language) -> str:
    """Word a note with everything in it that one can hold."""
    file = RestoredFile(
        path="hw1.ipynb",
        lies_at="père\udcff.ipynb",
        snapshot_id="5a" * 32,
        taken_at=_THEN,
        modified_at=_THEN,
        size_bytes=4,
        sha256="5" * 64,
        is_notebook=False,
        standing=None,
        made_way_to="hw1.before-restore.ipynb",
    )
    note = Note(username="ada", actor="root", at=_THEN, files=(file,) * 101)
    return NoteWords("École du Lac", language, "Europe/Paris")(note)


def everything(homes: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in homes.rglob("*") if path.is_file()}


def take_snapshot(program: str, place: Path, homes: Path, at: datetime) -> None:
    """Back all homes up with restic itself, as if it were then."""
    password = place / "password"
    password.write_text(PASSWORD)
    chosen = ["--repo", str(place / "repository"), "--password-file", str(password)]
    when = f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
    tags = ["--host", "campus", "--tag", "auto,shard-00", "--time", when]
    subprocess.run(
        [program, *chosen, "backup", *tags, "--", *sorted(it.name for it in homes.iterdir())],
        cwd=homes,
        env={**os.environ, "RESTIC_CACHE_DIR": str(place / "cache")},
        check=True,
        capture_output=True,
    )


def remember(catalogue: Catalogue, repository: Repository, usernames: Sequence[str]) -> None:
    """Let a catalogue know every snapshot of the hub."""
    for snapshot in reversed(repository.snapshots()):
        below = repository.files_below({snapshot: usernames})
        seen = {name: below.get((snapshot.id, name), []) for name in usernames}
        catalogue.add("campus", snapshot, seen)


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
    """Initialise one repository for all tests to copy, and to open at no cost."""
    require("restic", shutil.which("restic"))
    place = tmp_path_factory.mktemp("restic")
    restic_at(place).initialise()
    cheapen(place / "repository", PASSWORD)
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
