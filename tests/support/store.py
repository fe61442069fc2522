"""One store of each kind, all empty: memory, SQLite, PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from courseops.adapters.memory.collecting import MemoryCollections
from courseops.adapters.memory.copies import MemoryCatalogue, MemoryCopies
from courseops.adapters.memory.jobs import MemoryAlerts, MemorySlots
from courseops.adapters.memory.record import MemoryRecord
from courseops.adapters.memory.store import (
    MemoryEnrolments,
    MemoryGradings,
    MemoryPlans,
    MemoryRuns,
)
from courseops.adapters.memory.usage import MemoryUsage
from courseops.adapters.store import Store, open_store


@dataclass
class MemoryStore:
    """The memory doubles, under the names the real store has for its parts."""

    runs: MemoryRuns = field(default_factory=MemoryRuns)
    slots: MemorySlots = field(init=False)
    alerts: MemoryAlerts = field(default_factory=MemoryAlerts)
    plans: MemoryPlans = field(default_factory=MemoryPlans)
    gradings: MemoryGradings = field(default_factory=MemoryGradings)
    enrolments: MemoryEnrolments = field(default_factory=MemoryEnrolments)
    usage: MemoryUsage = field(default_factory=MemoryUsage)
    collections: MemoryCollections = field(default_factory=MemoryCollections)
    catalogue: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    copies: MemoryCopies = field(default_factory=MemoryCopies)

    def __post_init__(self) -> None:
        self.slots = MemorySlots(self.runs)

    @property
    def record(self) -> MemoryRecord:
        return MemoryRecord(self.runs, self.slots, self.alerts, self.copies)


DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres").new_database()
        return url
    return f"sqlite:///{tmp_path}/state/courseops.db"


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store | MemoryStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    else:
        url = f"sqlite:///{tmp_path}/state/courseops.db"
    with open_store(url) as opened:
        yield opened
