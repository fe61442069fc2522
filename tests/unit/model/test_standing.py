"""How a daemon stands: what makes it dead, what keeps it from its work, and its one line."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from courseops.model.jobs.standing import Standing, in_words, obstacles, signs_of_death

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


def test_one_that_looks_at_the_clock_lives():
    assert list(signs_of_death(Standing(beat_at=NOW), NOW + timedelta(minutes=2))) == []


def test_one_that_looks_no_more_is_dead():
    (why,) = signs_of_death(Standing(beat_at=NOW), NOW + timedelta(minutes=2, seconds=1))
    assert why == "it has not looked at the clock since 2026-03-02 09:00:00 UTC"


def test_a_clock_that_was_put_back_kills_nobody():
    assert list(signs_of_death(Standing(beat_at=NOW), NOW - timedelta(days=1))) == []


def test_one_that_stands_by_lives_and_is_not_ready():
    standing = Standing(beat_at=NOW, is_active=False)
    assert list(signs_of_death(standing, NOW)) == []
    assert list(obstacles(standing, NOW)) == ["it stands by: another daemon does the work"]


def test_troubles_keep_it_from_being_ready_and_stand_on_its_line():
    standing = Standing(beat_at=NOW, troubles=("the database does not answer",))
    assert list(obstacles(standing, NOW)) == ["the database does not answer"]
    assert in_words(standing, PARIS) == "0 running, 0 waiting; the database does not answer"


def test_its_line_says_what_is_next_in_the_schools_own_time():
    standing = Standing(
        beat_at=NOW,
        running=2,
        waiting=1,
        coming={
            "weekly-check": datetime(2026, 3, 8, 1, 30, tzinfo=UTC),
            "nightly-backup": datetime(2026, 3, 3, 1, 30, tzinfo=UTC),
        },
    )
    assert in_words(standing, PARIS) == (
        "2 running, 1 waiting, next nightly-backup on 2026-03-03 at 02:30"
    )
