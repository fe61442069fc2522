"""What a learner's files were at a moment."""

from datetime import UTC, datetime, timedelta

import pytest

from courseops.model.backups.backup import Snapshot
from courseops.model.backups.history import around, held_by, neighbours, snapshot_at, version_at
from courseops.model.backups.restore import FileVersion

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)


def day(number: float) -> datetime:
    return MONDAY + timedelta(days=number)


def version(first: int, last: int, path: str = "hw1.ipynb", **changes) -> FileVersion:
    return FileVersion(
        path=path,
        modified_at=day(first),
        size_bytes=first,
        snapshot_id=f"s{last}",
        taken_at=day(last),
        first_taken_at=day(first),
        **changes,
    )


NEWEST, MIDDLE, OLDEST = version(5, 6), version(3, 4), version(0, 2)
VERSIONS = (NEWEST, MIDDLE, OLDEST)
SNAPSHOTS = [Snapshot(id=f"s{number}", taken_at=day(number), paths=()) for number in range(7)]


@pytest.mark.parametrize(
    ("at", "counted"),
    [(None, NEWEST), (day(9), NEWEST), (day(4.5), MIDDLE), (day(0), OLDEST), (day(-1), None)],
)
def test_the_version_that_counts_is_the_last_that_had_begun(at, counted):
    assert version_at(VERSIONS, at) is counted


@pytest.mark.parametrize(
    ("at", "shown"),
    [(day(9), VERSIONS[:2]), (day(3), VERSIONS), (day(1), VERSIONS[1:]), (day(-1), VERSIONS[2:])],
)
def test_a_moment_is_shown_with_what_was_before_and_after(at, shown):
    assert around(VERSIONS, at) == shown


def test_neighbours_are_those_not_known_as_broken():
    broken = version(3, 4, is_broken=True)

    assert neighbours((NEWEST, broken, OLDEST), NEWEST) == (OLDEST, None)
    assert neighbours(VERSIONS, MIDDLE) == (OLDEST, NEWEST)


def test_a_folder_is_taken_from_the_newest_snapshot_that_holds_any_of_it():
    files = [version(0, 2, "a"), version(1, 4, "b")]

    found = [snapshot_at(SNAPSHOTS, files, at) for at in (None, day(3.5), day(0.5), day(-1))]

    assert [it.id if it else None for it in found] == ["s4", "s3", "s0", None]
    assert [it.path for it in held_by(SNAPSHOTS[1], files)] == ["a", "b"]
    assert [it.path for it in held_by(SNAPSHOTS[3], files)] == ["b"]
