"""When a backup is given up because its disk is full, and when it is left alone."""

import pytest

from courseops.adapters.restic import room
from courseops.adapters.restic.room import LEAST_FREE_BYTES, Room

FULL, ROOMY = LEAST_FREE_BYTES - 1, LEAST_FREE_BYTES


@pytest.fixture
def looked(monkeypatch, tmp_path):
    """Look after so many seconds, at a disk with so many bytes free."""
    watched = Room(tmp_path)
    begun = watched._since

    def look(seconds, free):
        monkeypatch.setattr(room.time, "monotonic", lambda: begun + seconds)
        monkeypatch.setattr(Room, "free_bytes", free)
        return watched.is_stuck()

    return look


def test_a_full_disk_on_which_nothing_moves_for_long_is_stuck(looked):
    assert [looked(at, FULL) for at in (1, 30, 61, 62)] == [False, False, False, True]


def test_as_long_as_something_is_written_it_is_not_stuck(looked):
    assert not any(looked(at, FULL - at) for at in range(0, 600, 30))


def test_a_disk_with_room_is_never_stuck(looked):
    assert not any(looked(at, ROOMY) for at in range(0, 600, 30))


def test_how_full_a_far_repository_is_nobody_here_can_see():
    far = Room(None)

    assert not far.is_scarce()
    assert not far.is_stuck()
