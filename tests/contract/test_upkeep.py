"""What keeps a repository promises, asked of each one we have."""

from datetime import UTC, datetime, timedelta

import pytest

from courseops.errors import ConfigError, CourseOpsError, RefusedError
from courseops.model.backups.backup import BackupOrder
from courseops.model.backups.retention import Retention
from tests.support.backup import make_home, volumes

NOON = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
KEEP = Retention(within="2h", hourly="6h", daily="3d", weekly="1m", monthly="1y")


def take(kept, homes, at: datetime, *tags: str) -> str:
    """Take a snapshot at a moment, of homes that have changed since the one before."""
    kept.set_time(at)
    (homes / "ada/hw1.ipynb").write_text(f"at {at} for {tags}")
    order = BackupOrder(tags=tags or ("shard-00",))
    return kept.repository.back_up(homes, volumes("ada", "bob"), order).snapshot_id


def ids(repository) -> set[str]:
    return {it.id for it in repository.snapshots()}


def can_erase(kept) -> bool:
    return getattr(kept.repository, "version", (9, 9, 9)) >= (0, 15, 0)


@pytest.fixture
def able(kept):
    """Give what can erase; where restic is too old, what happens then is a test of its own."""
    if not can_erase(kept):
        pytest.skip("this restic is older than 0.15")
    return kept


def test_what_no_rule_keeps_is_dropped_and_all_else_has_its_reasons(kept, homes):
    ages = [timedelta(), timedelta(minutes=50), timedelta(hours=3), timedelta(hours=3, minutes=15)]
    ages += [timedelta(hours=9), timedelta(days=1), timedelta(days=12), timedelta(days=13)]
    ages += [timedelta(days=62), timedelta(days=300), timedelta(days=800)]
    made = [take(kept, homes, NOON - age) for age in reversed(ages)][::-1]

    judged = kept.upkeep.forget(KEEP, dry_run=False)

    assert [it.snapshot.id for it in judged] == made
    assert [it.reasons for it in judged] == [
        (
            "within 2h",
            "hourly within 6h",
            "daily within 3d",
            "weekly within 1m",
            "monthly within 1y",
        ),
        ("within 2h", "hourly within 6h"),
        ("hourly within 6h",),
        (),
        (),
        ("daily within 3d",),
        ("weekly within 1m",),
        (),
        ("monthly within 1y",),
        ("monthly within 1y",),
        (),
    ]
    assert ids(kept.repository) == {it.snapshot.id for it in judged if it.reasons}


def test_a_dry_run_judges_alike_and_drops_nothing(kept, homes):
    # From 0.17 on the oldest of all is kept, where a rule reaches back to it.
    made = {take(kept, homes, NOON - timedelta(minutes=each)) for each in (2_000_000, 40, 20, 0)}
    once = Retention(within="1h", hourly="1h", daily="1d", weekly="1m", monthly="1y")
    tight = Retention(within="0h", hourly="0h", daily="1d", weekly="0d", monthly="0d")

    assert [bool(it.reasons) for it in kept.upkeep.forget(once, dry_run=True)] == [
        *[True] * 3,
        False,
    ]
    judged = kept.upkeep.forget(tight, dry_run=True)

    assert [bool(it.reasons) for it in judged] == [True, False, False, False]
    assert ids(kept.repository) == made
    assert kept.upkeep.forget(tight, dry_run=True) == kept.upkeep.forget(tight, dry_run=False)
    assert len(ids(kept.repository)) == 1


def test_each_shard_deadline_and_state_is_judged_by_itself(kept, homes):
    # Of what is no longer taken, the last is the newest of its kind, and stays for good.
    old = [("shard-00",), ("shard-01",), ("deadline:python101/hw1",), ("state",)]
    for days, kinds in ((1300, old), (900, old), (0, old[:2])):
        for number, tags in enumerate(kinds):
            take(kept, homes, NOON - timedelta(days=days, minutes=number), *tags)
    make_home(homes, "eve", {"hw1.ipynb": "one more home in the list"})
    kept.set_time(NOON + timedelta(minutes=1))
    kept.repository.back_up(homes, volumes("ada", "bob", "eve"))

    kept.upkeep.forget(KEEP, dry_run=False)

    left = sorted(
        it.tags[-1] if it.tags[0] == "auto" else it.tags[0] for it in kept.repository.snapshots()
    )
    assert left == ["deadline:python101/hw1", "shard-00", "shard-00", "shard-01", "state"]


def test_what_nobody_needs_any_more_is_freed_and_what_is_left_is_sound(kept, homes):
    (homes / "bob/big.bin").write_bytes(bytes(range(256)) * 4000)
    old = take(kept, homes, NOON - timedelta(days=900))
    (homes / "bob/big.bin").write_bytes(bytes(range(255, -1, -1)) * 4000)
    new = take(kept, homes, NOON)
    kept.upkeep.forget(KEEP, dry_run=False)

    assert kept.upkeep.prune(whole=True) > 0

    assert kept.upkeep.prune() == 0
    assert ids(kept.repository) == {new} != {old}
    assert kept.repository.check(read_data=True) == []


def test_a_second_repository_gets_what_it_lacks(kept, homes):
    first = take(kept, homes, NOON)
    take(kept, homes, NOON + timedelta(hours=1), "deadline:python101/hw1")

    assert kept.upkeep.copy([first]) == 1
    assert kept.upkeep.copy() == 1
    assert kept.upkeep.copy() == 0

    there = kept.second.snapshots()
    assert [it.taken_at for it in there] == [it.taken_at for it in kept.repository.snapshots()]
    assert [set(it.tags) for it in there] == [set(it.tags) for it in kept.repository.snapshots()]
    assert {it.path for it in kept.second.files(there[0].id)} == {
        it.path for it in kept.repository.files(kept.repository.snapshots()[0].id)
    }


def test_without_a_second_repository_there_is_no_copy(kept):
    with pytest.raises(ConfigError, match="no second repository"):
        kept.alone.copy()


def test_a_repository_that_only_takes_snapshots_is_not_asked_to_drop_any(kept, homes):
    made = take(kept, homes, NOON - timedelta(days=900)), take(kept, homes, NOON)

    for act in (
        lambda: kept.append_only.forget(KEEP, dry_run=False),
        kept.append_only.prune,
    ):
        with pytest.raises(RefusedError, match="only takes new snapshots"):
            act()
    if can_erase(kept):
        with pytest.raises(RefusedError, match="only takes new snapshots"):
            kept.append_only.erase(["ada"])
    assert len(kept.append_only.forget(KEEP, dry_run=True)) == 2
    assert ids(kept.repository) == set(made)


def test_a_learner_is_erased_from_every_snapshot_and_nobody_else_is(able, homes):
    odd = ["[x]*?", "x", "[x]ab"]
    make_home(homes, "x", {"hw1.ipynb": "a pattern would find it"})
    make_home(homes, "[x]ab", {"hw1.ipynb": "and it"})
    for hours in (2, 1):
        able.set_time(NOON - timedelta(hours=hours))
        (homes / "x/hw1.ipynb").write_text(f"at {hours}")
        able.repository.back_up(homes, volumes(*odd, "ada"))
    able.set_time(NOON)
    able.repository.back_up(homes, volumes("ada"), BackupOrder(tags=("shard-01",)))
    before = [(it.taken_at, set(it.tags)) for it in able.repository.snapshots()]

    assert able.upkeep.erase(["[x]*?"]) == 2

    assert able.repository.find(volumes("[x]*?")[0], ["*"]) == []
    for snapshot in able.repository.snapshots():
        everybody = {"ada"} if snapshot.shard == "shard-01" else {"ada", "x", "[x]ab"}
        assert able.repository.holds(snapshot.id, ["ada", *odd]) == everybody
    assert [(it.taken_at, set(it.tags)) for it in able.repository.snapshots()] == before
    assert able.upkeep.erase(["[x]*?"]) == 0
    assert able.upkeep.erase([]) == 0


def test_nothing_is_left_of_what_was_erased_once_all_is_pruned(able, homes, tmp_path):
    (homes / "bob/secret.bin").write_bytes(bytes(range(256)) * 400)
    take(able, homes, NOON)
    able.upkeep.erase(["bob"])

    freed = able.upkeep.prune(whole=True)

    assert freed > 0
    assert able.upkeep.prune(whole=True) == 0
    assert able.repository.check(read_data=True) == []


def test_what_is_too_old_to_erase_says_so_and_changes_nothing(kept, homes):
    if can_erase(kept):
        pytest.skip("this restic can erase")
    made = take(kept, homes, NOON)

    with pytest.raises(RefusedError, match="cannot take anything out") as refusal:
        kept.upkeep.erase(["ada"])

    assert "0.15" in refusal.value.hint
    assert ids(kept.repository) == {made}
    assert isinstance(refusal.value, CourseOpsError)
