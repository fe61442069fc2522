"""A hub that people leave: homes on disk, a repository in memory, archives in a folder."""

import os
from dataclasses import replace
from pathlib import Path

from courseops.actions.leaving.leavers import OffboardPorts
from courseops.adapters.leaving.archives import ArchiveFolder
from courseops.adapters.leaving.removing import HomeRemover
from courseops.adapters.memory.collecting import MemorySigner
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.memory.store import MemoryEnrolments, MemoryPlans
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.rosters.guard import Limits
from tests.support.backup import make_home

COURSE = "python101"


def somebody(username: str, role: Role = Role.LEARNER) -> Enrolment:
    return Enrolment(person=Person(id=f"id-{username}", username=username), role=role)


def leaving_ports(place: Path, clock, *, hub: MemoryHub | None = None, **changes) -> OffboardPorts:
    """Give a course of a hub, without anybody in it yet."""
    root = place / "homes"
    root.mkdir(parents=True, exist_ok=True)
    repository = MemoryRepository(clock=clock)
    ports = OffboardPorts(
        course_id=COURSE,
        username="",
        hub=hub or MemoryHub("campus"),
        volumes=DirectoryVolumes(f"{root}/{{username}}"),
        repository=repository,
        archives=ArchiveFolder(
            folder=place / "archives",
            repository=repository,
            staging=place / "staging",
            signer=MemorySigner(),
        ),
        remover=HomeRemover(root),
        enrolments=MemoryEnrolments(),
        plans=MemoryPlans(),
        limits=Limits(),
        neighbours=("physics",),
    )
    return replace(ports, **changes)


def arrive(ports: OffboardPorts, clock, username: str, *courses: str, role=Role.LEARNER) -> Path:
    """Give somebody an account, a home with work in it, and a place in some courses."""
    ports.hub.create_users([username])
    for course_id in courses:
        ports.enrolments.enrol(course_id, [somebody(username, role)], clock.now())
    notebook = f'{{"cells": ["{username}"]}}'
    return make_home(ports.volumes.root, username, {"hw1.ipynb": notebook, "ps1/notes.txt": "one"})


def homes_of(ports: OffboardPorts) -> dict[str, dict[str, bytes]]:
    """Give every home with its files."""
    return {
        home.name: {
            str(path.relative_to(home)): path.read_bytes()
            for path in sorted(home.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }
        for home in sorted(ports.volumes.root.iterdir())
    }


def is_root() -> bool:
    return os.geteuid() == 0


class Killed(BaseException):
    """The process is gone; nothing that would have followed happens."""


class Life:
    def __init__(self, calls):
        self.left = calls

    def spend(self):
        self.left -= 1
        if self.left < 0:
            raise Killed


class Mortal:
    """A port whose process dies at the n-th call, before or after the call had its effect."""

    def __init__(self, port, life):
        self._port, self._life = port, life

    def __getattr__(self, name):
        method = getattr(self._port, name)
        if not callable(method):
            return method

        def call(*args, **kwargs):
            self._life.spend()
            result = method(*args, **kwargs)
            self._life.spend()
            return result

        return call
