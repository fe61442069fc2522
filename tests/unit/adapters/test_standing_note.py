"""What a daemon says of itself is read as it was said; what is no such word is none."""

from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.standing_note import StandingNote
from courseops.errors import CourseOpsError
from courseops.model.jobs.standing import Standing

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
STANDING = Standing(
    beat_at=NOW,
    is_active=False,
    running=2,
    waiting=1,
    coming={"nightly": NOW + timedelta(hours=1), "calendar": None},
    troubles=("the mail server says: “non”",),
    ended_at=NOW,
)


@pytest.fixture
def note(tmp_path):
    return StandingNote(tmp_path / "state/daemon.json")


def test_a_word_is_read_as_it_was_left_and_by_nobody_else(note, tmp_path):
    assert note.read() is None

    note.leave(STANDING)

    assert note.read() == STANDING
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


def test_the_last_word_counts_and_leaves_nothing_beside_it(note, tmp_path):
    note.leave(STANDING)
    note.leave(Standing(beat_at=NOW))

    assert note.read() == Standing(beat_at=NOW)
    assert [it.name for it in (tmp_path / "state").iterdir()] == ["daemon.json"]


@pytest.mark.parametrize("said", ["", "{", "[]", "{}", '{"beat_at": "soon"}', '{"a": 1}', "null"])
def test_what_is_no_such_word_is_none(note, tmp_path, said):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/daemon.json").write_text(said)

    assert note.read() is None


def test_where_nothing_can_be_written_it_is_said_what_and_where(tmp_path):
    (tmp_path / "state").write_text("no folder")

    with pytest.raises(CourseOpsError, match="cannot write to the state folder") as refused:
        StandingNote(tmp_path / "state/daemon.json").leave(STANDING)
    assert str(tmp_path / "state/daemon.json") in str(refused.value)
