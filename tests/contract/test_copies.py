"""What is noted of copies, asked of the record in memory, of SQLite and of PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from courseops.model.backups.copies import Drill, LastCopy, Tombstone
from courseops.ports.copies import Copies

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def copies(store) -> Copies:
    return store.copies


def drill(days: int, **changes: object) -> Drill:
    made = Drill(
        hub="campus",
        shard=0,
        what="file",
        username="ada",
        path="caf\udce9.ipynb",
        snapshot_id="e" * 64,
        at=MONDAY + days * DAY,
        files=1,
        size_bytes=1 << 40,
        problem="",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_nobody_ever_changes_their_shard(copies):
    copies.assign("campus", {"ada": 0, "bob": 1})
    copies.assign("campus", {"bob": 0, "cyd": 1})
    copies.assign("other", {"ada": 7})
    copies.assign("campus", {})

    assert copies.shards("campus") == {"ada": 0, "bob": 1, "cyd": 1}
    assert copies.shards("nowhere") == {}


def test_the_last_good_copy_is_the_one_noted_last(copies):
    copies.note_good("campus", ["ada", "bob"], MONDAY, "one")
    copies.note_good("campus", ["ada"], MONDAY + DAY, "two")
    copies.note_good("campus", [], MONDAY + 2 * DAY, "three")

    assert copies.last_good("campus") == {
        "ada": LastCopy(username="ada", at=MONDAY + DAY, run_id="two"),
        "bob": LastCopy(username="bob", at=MONDAY, run_id="one"),
    }
    assert copies.last_good("other") == {}
    assert copies.last_good_of("campus", "ada") == copies.last_good("campus")["ada"]
    assert copies.last_good_of("campus", "cyd") is None
    assert copies.last_good_of("other", "ada") is None


def test_runs_on_end_that_could_not_read_a_path_are_counted(copies):
    odd = "ada/caf\udce9.ipynb"
    assert copies.note_unread("campus", 0, [odd, "bob/x"]) == {odd: 1, "bob/x": 1}
    assert copies.note_unread("campus", 0, {odd}) == {odd: 2}
    assert copies.note_unread("campus", 1, ["bob/x"]) == {"bob/x": 1}
    assert copies.note_unread("campus", 0, [odd, "bob/x"]) == {odd: 3, "bob/x": 1}
    assert copies.note_unread("campus", 0, []) == {}
    assert copies.note_unread("campus", 0, [odd]) == {odd: 1}


def test_drills_come_back_newest_first(copies):
    for it in (drill(1), drill(0), drill(2, problem="not what was backed up"), drill(3, hub="b")):
        copies.note_drill(it)

    assert copies.drills("campus") == [
        drill(2, problem="not what was backed up"),
        drill(1),
        drill(0),
    ]
    assert copies.drills("campus", limit=1)[0].problem
    assert copies.drills("nowhere") == []


def test_drills_of_more_than_four_hundred_days_before_the_newest_go(copies):
    for days in (0, 1):
        copies.note_drill(drill(days))
        copies.note_drill(drill(days, hub="other"))
    copies.note_drill(drill(401))

    assert copies.drills("campus") == [drill(401), drill(1)]
    assert len(copies.drills("other")) == 2


def test_of_somebody_who_was_erased_only_the_tombstone_is_left(copies):
    for hub in ("campus", "other"):
        copies.assign(hub, {"ada": 0, "adam": 0})
        copies.note_good(hub, ["ada", "adam"], MONDAY, "one")
        copies.note_unread(hub, 0, ["ada", "ada/x", "adam/x"])
        copies.note_drill(drill(0, hub=hub))
        copies.note_drill(drill(0, hub=hub, username="adam"))
    stone = Tombstone(hub="campus", username="ada", volume="ada", at=MONDAY, run_id="two")
    copies.bury(stone)
    copies.bury(replace(stone, username="zo", volume="zo\udce9"))

    assert [it.username for it in copies.tombstones("campus")] == ["ada", "zo"]
    assert copies.tombstones("campus")[0] == stone
    assert copies.tombstones("campus")[1].volume == "zo\udce9"
    assert copies.tombstones("other") == []
    assert copies.shards("campus") == {"adam": 0}
    assert set(copies.last_good("campus")) == {"adam"}
    assert [it.username for it in copies.drills("campus")] == ["adam"]
    assert copies.note_unread("campus", 0, ["ada/x", "adam/x"]) == {"ada/x": 1, "adam/x": 2}
    assert set(copies.shards("other")) == {"ada", "adam"}
    assert set(copies.last_good("other")) == {"ada", "adam"}
    assert copies.note_unread("other", 0, ["ada/x"]) == {"ada/x": 2}
