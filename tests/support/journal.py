"""A journal kept in memory, with a clock that a test moves by hand."""

import pytest

from courseops.actions.journal import Journal
from courseops.adapters.memory.ambient import FixedClock, MemoryLocks, SilentProgress
from courseops.adapters.memory.store import MemoryRuns


def memory_journal(clock: FixedClock | None = None) -> Journal:
    return Journal(
        runs=MemoryRuns(),
        locks=MemoryLocks(),
        clock=clock or FixedClock(),
        progress=SilentProgress(),
        actor="tester",
    )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def journal(clock: FixedClock) -> Journal:
    return memory_journal(clock)
