"""File systems that stand still: made and removed by commands, whatever becomes of the run."""

from datetime import UTC, datetime

import pytest

from courseops.adapters.live.stills import CommandStill
from courseops.errors import CourseOpsError

MOMENT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
STAMP = "20260302T023000Z"


@pytest.fixture
def live(tmp_path):
    homes = tmp_path / "homes"
    (homes / "ada").mkdir(parents=True)
    (homes / "ada" / "notes.txt").write_text("as it was")
    return homes


def still_of(live, **changes):
    copy = str(live.with_name("{hub}-{moment}"))
    settings = {
        "hub": "campus",
        "make": ["cp", "-a", str(live), copy],
        "root": live.with_name("{hub}-{moment}"),
        "remove": ["rm", "-r", copy],
        "note": live.with_name("stills") / "campus.json",
    }
    return CommandStill(**{**settings, **changes})


def left(live):
    return sorted(it.name for it in live.parent.iterdir() if it.name.startswith("campus"))


def test_what_changes_meanwhile_is_not_seen_and_nothing_is_left(live):
    still = still_of(live)

    root = still.make(MOMENT)
    (live / "ada" / "notes.txt").write_text("changed")

    assert root.name == f"campus-{STAMP}"
    assert (root / "ada" / "notes.txt").read_text() == "as it was"
    still.remove()
    still.remove()
    assert left(live) == []


def test_what_a_killed_process_left_is_taken_away_first(live):
    still_of(live).make(MOMENT)

    root = still_of(live).make(MOMENT.replace(hour=3))

    assert left(live) == [root.name] == ["campus-20260302T033000Z"]


def test_what_failed_half_way_is_taken_away(live):
    for failing in (
        {"make": ["sh", "-c", f"mkdir {live.with_name('campus-' + STAMP)} && false"]},
        {"root": live / "nowhere"},
    ):
        with pytest.raises(CourseOpsError):
            still_of(live, **failing).make(MOMENT)
        assert left(live) == []


def test_a_command_that_says_why_is_quoted(live):
    broken = still_of(live, make=["sh", "-c", "echo no such pool >&2; exit 3"])

    with pytest.raises(CourseOpsError, match="failed with 3: no such pool"):
        broken.make(MOMENT)


def test_what_cannot_be_taken_away_is_said_and_tried_again(live):
    still_of(live).make(MOMENT)
    with pytest.raises(CourseOpsError, match="false failed"):
        still_of(live, remove=["false"]).remove()

    still_of(live).remove()

    assert left(live) == []
