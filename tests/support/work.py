"""Places where work lies, each with a learner's side that hands in and the source that lists it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from courseops.adapters.clock import SystemClock
from courseops.adapters.collecting.exchange import ExchangeWork
from courseops.adapters.collecting.homes import HomeWork
from courseops.adapters.collecting.ngshare import NgshareWork
from courseops.adapters.collecting.snapshot import SnapshotWork
from courseops.adapters.collecting.stamps import write_stamp
from courseops.adapters.memory.collecting import MemoryWork
from courseops.adapters.memory.repository import MemoryRepository
from courseops.model.assignments.candidate import Bounds
from courseops.model.backups.backup import Volume
from courseops.ports.backup import Repository
from courseops.ports.collecting import WorkSource
from tests.support.backup import LEARNER, volumes
from tests.support.collecting import COURSE, candidate

LEARNERS = ("ada", "bob", "zoë+1")
BOUNDS = Bounds(files=5, file_bytes=1000, total_bytes=1500, depth=4)
FOLDERS = ("{course}/{assignment}", "{assignment}")


@dataclass(kw_only=True)
class Place:
    """One kind of place: `hand_in` is what a learner does, `settle` what happens before a look."""

    source: WorkSource
    hand_in: Callable[[str, str, Mapping[str, bytes]], None]
    settle: Callable[[], None] = lambda: None


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files, all of them the learner's."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, LEARNER, LEARNER, follow_symlinks=False)
    return folder


def submit(inbound: Path, learner: str, name: str, files: Mapping[str, bytes], **more: Any) -> Path:
    """Hand in as nbgrader's submit does; `at` is the claim, `mark` the random part."""
    stamp = write_stamp(more.get("at") or datetime.now(UTC))
    folder = inbound / f"{learner}+{name}+{stamp}+{more.get('mark', 'Ab-_12345678')}"
    beside = {"timestamp.txt": stamp.encode(), "submission_secret.txt": b"5" * 128}
    return write(folder, {**files, **beside} if more.get("beside", True) else files)


def memory_place(_: Path) -> Place:
    work = MemoryWork()

    def hand_in(learner: str, name: str, files: Mapping[str, bytes]) -> None:
        work.put(name, candidate(learner, datetime.now(UTC)), files)

    return Place(source=work, hand_in=hand_in)


def exchange_place(root: Path) -> Place:
    inbound = root / COURSE / "inbound"
    inbound.mkdir(parents=True)

    def hand_in(learner: str, name: str, files: Mapping[str, bytes]) -> None:
        submit(inbound, learner, name, files, beside=False)

    return Place(source=ExchangeWork(root=root, course_id=COURSE, bounds=BOUNDS), hand_in=hand_in)


def _homes(root: Path) -> Callable[[], Mapping[str, Volume]]:
    for learner in LEARNERS:
        write(root / learner / "notes", {"mine.txt": b"private"})
        os.chown(root / learner, *([LEARNER] * 2 if os.geteuid() == 0 else [-1, -1]))
    return lambda: {it.username: it for it in volumes(*LEARNERS)}


def _work_at_home(root: Path) -> Callable[[str, str, Mapping[str, bytes]], None]:
    def hand_in(learner: str, name: str, files: Mapping[str, bytes]) -> None:
        write(root / learner / COURSE / name, files)

    return hand_in


def home_work(root: Path, **changes: Any) -> HomeWork:
    values = {"root": root, "volumes": _homes(root), "folders": FOLDERS, "course_id": COURSE}
    return HomeWork(**{**values, "bounds": BOUNDS, **changes})


def snapshot_work(repository: Repository, **changes: Any) -> SnapshotWork:
    values = {"folders": FOLDERS, "course_id": COURSE, "bounds": BOUNDS}
    return SnapshotWork(**{"repository": repository, **values, **changes})


def snapshot_place(root: Path, repository: Repository) -> Place:
    return Place(
        source=snapshot_work(
            repository, volumes=_homes(root), staging=root.parent / f"{root.name}-staging"
        ),
        hand_in=_work_at_home(root),
        settle=lambda: repository.back_up(root, volumes(*LEARNERS)) and None,
    )


@dataclass
class Ngshare:
    """What ngshare 0.6.0 answers, as far as we ask; `spoil` changes the files of an answer."""

    works: list[tuple[str, str, str, dict[str, bytes]]] = field(default_factory=list)
    spoil: Callable[[list[dict[str, str]]], None] = lambda _: None

    def hand_in(self, learner: str, name: str, files: Mapping[str, bytes]) -> None:
        stamp = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
        self.works.append((learner, name, stamp, dict(files)))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        stranger = request.headers["Authorization"] != "token hush"
        if request.url.path == "/api/courses":
            there = {"Location": "/hub/api/oauth2/authorize"}
            answer = {"success": True, "courses": [COURSE]}
            return (
                httpx.Response(302, headers=there) if stranger else httpx.Response(200, json=answer)
            )
        if stranger:
            return httpx.Response(500, text="<html>500: Internal Server Error</html>")
        noun, course, name, *learner = request.url.path.removeprefix("/api/").split("/")
        if course != COURSE:
            return httpx.Response(404, json={"success": False, "message": "Course not found"})
        mine = [it for it in self.works if it[1] == name]
        if noun == "submissions":
            rows = [{"student_id": who, "timestamp": at} for who, _, at, _ in mine]
            return httpx.Response(200, json={"success": True, "submissions": rows})
        stamp = request.url.params["timestamp"]
        (found,) = [it for it in mine if [it[0]] == learner and it[2] == stamp]
        files = [
            {
                "path": path,
                "checksum": hashlib.md5(content).hexdigest(),
                "content": base64.encodebytes(content).decode(),
            }
            for path, content in found[3].items()
        ]
        self.spoil(files)
        answer = {"success": True, "files": files, "timestamp": stamp}
        return httpx.Response(200, content=json.dumps(answer))


def ngshare_work(ngshare: Ngshare, **changes: Any) -> NgshareWork:
    values = {"url": "http://ngshare/api/", "token": lambda: "hush", "course_id": COURSE}
    transport = httpx.MockTransport(ngshare)
    return NgshareWork(**{**values, "bounds": BOUNDS, "transport": transport, **changes})


KINDS = [
    "memory",
    "exchange",
    "homes",
    "snapshot",
    "ngshare",
]


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "homes":
        with home_work(tmp_path) as source:
            yield Place(source=source, hand_in=_work_at_home(tmp_path))
    elif request.param == "snapshot":
        yield snapshot_place(tmp_path, MemoryRepository(clock=SystemClock()))
    elif request.param == "ngshare":
        ngshare = Ngshare()
        yield Place(source=ngshare_work(ngshare), hand_in=ngshare.hand_in)
    else:
        yield {"memory": memory_place, "exchange": exchange_place}[request.param](tmp_path)
