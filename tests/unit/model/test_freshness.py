"""How old copies are, and whether anybody ever had one back."""

from datetime import UTC, datetime, timedelta

from courseops.model.backups.copies import Drill
from courseops.model.backups.freshness import by_age, concerns, freshness_of
from courseops.model.finding import Level

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def good(**hours):
    return {name: NOW - timedelta(hours=ago) for name, ago in hours.items()}


def drill(*, days=0, problem=""):
    return Drill(
        hub="campus",
        shard=0,
        what="file",
        username="ada",
        path="hw1.ipynb",
        snapshot_id="5a",
        at=NOW - timedelta(days=days),
        files=1,
        size_bytes=1,
        problem=problem,
    )


def summed(homes, last_good, drills=()):
    return freshness_of(
        "campus", homes, last_good, list(drills), now=NOW, stale_after=timedelta(hours=36)
    )


def told(found):
    return [(it.level, it.what) for it in concerns(found)]


def test_an_old_copy_and_none_at_all_are_stale():
    found = summed(["ada", "bob", "cyd"], good(ada=1, bob=37, gone=999))

    assert found.stale == ("bob", "cyd")
    assert found.oldest_at == NOW - timedelta(hours=37)
    assert "2 of 3 homes have no good copy young enough (bob, cyd)" in told(found)[0][1]


def test_a_backup_that_nobody_restored_is_unproven():
    ((level, what),) = told(summed(["ada"], good(ada=1)))

    assert level is Level.WARNING
    assert "unproven: nothing was ever restored" in what


def test_a_drill_proves_it_for_some_days():
    assert told(summed(["ada"], good(ada=1), [drill(days=2)])) == []
    assert "since 2026-02-26" in told(summed(["ada"], good(ada=1), [drill(days=4)]))[0][1]


def test_a_failed_drill_is_a_problem_whatever_came_before():
    found = summed(["ada"], good(ada=1), [drill(problem="half of it"), drill(days=1)])

    assert found.drilled_at == NOW - timedelta(days=1)
    ((level, what),) = told(found)
    assert level is Level.PROBLEM
    assert "ada/hw1.ipynb: half of it" in what


def test_a_hub_without_homes_needs_nobody():
    assert told(summed([], {})) == []


def test_who_has_no_copy_comes_first_and_then_the_oldest():
    last_good = {"ada": NOW, "bob": NOW - timedelta(days=9), "gone": NOW - timedelta(days=20)}
    found = freshness_of(
        "campus", ["ada", "bob", "cyd"], last_good, [], now=NOW, stale_after=timedelta(days=2)
    )
    ages = by_age(found, last_good)
    assert [(it.username, it.is_stale) for it in ages] == [
        ("cyd", True),
        ("gone", False),
        ("bob", True),
        ("ada", False),
    ]
