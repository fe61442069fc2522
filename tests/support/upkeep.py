"""Repositories with a second one beside them, and a clock that a test sets."""

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.memory.upkeep import MemoryUpkeep
from courseops.adapters.restic.upkeep import ResticUpkeep
from courseops.ports.backup import Repository, Upkeep
from tests.support.backup import RESTICS, restic_at
from tests.support.programs import Require


@dataclass(frozen=True)
class Kept:
    """A repository, another one, what keeps both, and how to say when the next snapshot is."""

    repository: Repository
    second: Repository
    upkeep: Upkeep
    append_only: Upkeep
    alone: Upkeep
    set_time: Callable[[datetime], None]


def memory_kept() -> Kept:
    clock = FixedClock()
    one, two = MemoryRepository(clock=clock), MemoryRepository(clock=clock)
    return Kept(
        repository=one,
        second=two,
        upkeep=MemoryUpkeep(one, second=two),
        append_only=MemoryUpkeep(one, append_only=True),
        alone=MemoryUpkeep(one),
        set_time=lambda at: clock.advance(at - clock.now()),
    )


def at_any_time(place: Path, program: str) -> tuple[str, Callable[[datetime], None]]:
    """Give a restic that takes its snapshots at a time of our choice, and how to choose."""
    moment = place / "moment"
    wrapper = place / "restic-at-any-time"
    real, named = shlex.quote(shutil.which(program) or program), shlex.quote(str(moment))
    wrapper.write_text(
        '#!/bin/sh\ncase " $* " in\n'
        f'*" backup "*) TZ=UTC exec {real} "$@" --time "$(cat {named})";;\n'
        f'esac\nTZ=UTC exec {real} "$@"\n'
    )
    wrapper.chmod(0o755)

    def set_time(at: datetime) -> None:
        moment.write_text(at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))

    set_time(datetime(2026, 3, 2, 12, tzinfo=UTC))
    return str(wrapper), set_time


def restic_kept(empty: Path, another: Path, place: Path, program: str) -> Kept:
    wrapper, set_time = at_any_time(place, program)
    shutil.copytree(empty, place / "repository")
    shutil.copytree(another, place / "second")
    one = restic_at(place, program=wrapper)
    two = restic_at(place, program=wrapper, repository=str(place / "second"))
    return Kept(
        repository=one,
        second=two,
        upkeep=ResticUpkeep(one, second=two),
        append_only=ResticUpkeep(one, append_only=True),
        alone=ResticUpkeep(one),
        set_time=set_time,
    )


@pytest.fixture(scope="session")
def another_empty_restic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Initialise a second one: restic tells repositories apart by an id that a copy shares."""
    place = tmp_path_factory.mktemp("another-restic")
    restic_at(place).initialise()
    return place / "repository"


@pytest.fixture(params=["memory", *RESTICS])
def kept(request: pytest.FixtureRequest, require: Require, tmp_path: Path) -> Kept:
    if request.param == "memory":
        return memory_kept()
    require("restic", shutil.which(request.param))
    empty, another = map(request.getfixturevalue, ("empty_restic", "another_empty_restic"))
    return restic_kept(empty, another, tmp_path, request.param)
