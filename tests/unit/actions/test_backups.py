"""Backing up a hub: everyone accounted for, whatever else happens."""

import os
import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from courseops.actions.backups.ports import BackupRules
from courseops.actions.backups.repositories import initialise_backup, list_backups
from courseops.actions.backups.taking import run_backup
from courseops.adapters.live.databases import SqliteDatabase
from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import Unread
from courseops.model.run import Ending, Status
from tests.support.backup import make_home
from tests.support.backups import hub, memory_ports, verdicts


def run(ports, journal, *names, **more):
    """Back up an hour after the last time."""
    journal.clock.advance(timedelta(hours=1))
    return run_backup(ports, journal, hub(*names, **more))


def test_every_account_and_every_home_has_an_outcome(ports, journal, homes):
    (homes / "eve").symlink_to("/etc")

    ran = run(ports, journal, "ada", "bob", "newcomer", "eve")

    assert verdicts(ran.outcomes) == {
        "ada": (Status.DONE, ""),
        "bob": (Status.DONE, ""),
        "[x]*?": (Status.DONE, "no-account"),
        "newcomer": (Status.SKIPPED, "no-volume"),
        "eve": (Status.FAILED, "volume-is-a-link"),
    }
    assert journal.runs.get(ran.run_id).ending is Ending.INCOMPLETE


def test_a_home_that_is_gone_fails_until_its_account_is_gone_too(ports, journal, homes):
    run(ports, journal, "ada", "bob")
    shutil.rmtree(homes / "bob")

    for _ in range(2):
        ran = run(ports, journal, "ada", "bob")
        assert verdicts(ran.outcomes)["bob"] == (Status.FAILED, "volume-gone")

    assert "bob" not in verdicts(run(ports, journal, "ada").outcomes)


def test_the_size_of_each_home_is_noted_when_it_changes_and_none_when_it_is_gone(
    ports, journal, homes
):
    def sizes():
        now = journal.clock.now()
        found = ports.sizes.sizes("campus", now - timedelta(days=9), now)
        return [(it.at, it.size_bytes, it.files) for it in found if it.username == "bob"]

    for _ in range(2):
        run(ports, journal, "ada", "bob")
    before = sizes()
    (homes / "bob" / "more").write_text("x" * 1000)
    run(ports, journal, "ada", "bob")
    grown_at = journal.clock.now()
    shutil.rmtree(homes / "bob")
    run(ports, journal, "ada", "bob")

    assert len(before) == 1
    [(_, size, files)] = before
    assert sizes()[1:] == [
        (grown_at, size + 1000, files + 1),
        (journal.clock.now(), 0, 0),
    ]


def test_a_hub_that_does_not_answer_stops_no_backup(ports, journal, homes):
    run(ports, journal, "ada", "bob")
    shutil.rmtree(homes / "bob")

    ran = run(ports, journal, reachable=False)

    assert "does not answer" in ran.warnings[0]
    assert verdicts(ran.outcomes)["ada"] == (Status.DONE, "")
    assert verdicts(ran.outcomes)["bob"] == (Status.FAILED, "volume-gone")


def test_a_repository_is_made_only_when_asked_for(ports, journal):
    repository = MemoryRepository(clock=journal.clock, initialised=False)
    ports = replace(ports, repository=repository)

    with pytest.raises(RefusedError):
        run(ports, journal, "ada")
    assert not repository.exists()
    assert journal.runs.recent(limit=1)[0].ending is Ending.FAILED

    initialise_backup(ports, journal)
    run(ports, journal, "ada")
    with pytest.raises(RefusedError, match="already"):
        initialise_backup(ports, journal)


@pytest.fixture
def thirty(homes, clock):
    """Thirty homes more, in shards of ten."""
    for number in range(27):
        make_home(homes, f"u{number:02}", {"hw1.ipynb": "{}"})
    return memory_ports(homes, clock, rules=BackupRules(per_shard=10))


def test_a_large_hub_is_backed_up_in_shards_that_stay_as_they_are(thirty, journal, homes):
    first = run(thirty, journal)
    shards = thirty.copies.shards("campus")
    make_home(homes, "aaa-newcomer", {"hw1.ipynb": "{}"})
    run(thirty, journal)

    assert [(it.shard, it.homes) for it in first.shards] == [(0, 10), (1, 10), (2, 10)]
    now = thirty.copies.shards("campus")
    assert {name: now[name] for name in shards} == shards
    assert now["aaa-newcomer"] == 3


def test_a_shard_that_fails_stops_no_other(thirty, journal):
    thirty.repository.refused = {"shard-00"}

    ran = run(thirty, journal)

    failed = [it for it in ran.outcomes if it.status is Status.FAILED]
    assert len(failed) == 10
    assert {(it.kind, it.mend) for it in failed} == {("no-snapshot", "cheer it up")}
    assert [it.shard for it in ran.shards] == [1, 2]
    good = thirty.copies.last_good("campus")
    assert good.keys() == {it.subject for it in ran.outcomes} - {it.subject for it in failed}


def test_without_any_snapshot_the_run_failed(thirty, journal):
    thirty.repository.refused = {"shard-00", "shard-01", "shard-02"}

    with pytest.raises(CourseOpsError, match="bad mood"):
        run(thirty, journal)

    assert journal.runs.recent(limit=1)[0].ending is Ending.FAILED
    assert thirty.copies.last_good("campus") == {}


def test_the_shard_that_was_left_out_for_longest_comes_first(thirty, journal):
    thirty.repository.refused = {"shard-02"}
    run(thirty, journal)
    thirty.repository.refused = set()

    assert [it.shard for it in run(thirty, journal).shards] == [2, 0, 1]


def test_an_unchanged_run_asks_the_repository_once_a_shard(thirty, journal):
    run(thirty, journal)
    thirty.repository.asked.clear()

    again = run(thirty, journal)

    assert thirty.repository.asked == ["back_up"] * 3
    assert all(it.is_unchanged for it in again.shards)
    assert all(order.parent for order in thirty.repository.orders[3:])
    at = {it.at for it in thirty.copies.last_good("campus").values()}
    assert at == {journal.clock.now()}


def test_a_home_that_left_the_list_has_the_others_looked_up(ports, journal, homes):
    run(ports, journal)
    shutil.rmtree(homes / "bob")
    ports.repository.sees_no_change = True
    ports.repository.asked.clear()

    ran = run(ports, journal)

    assert "holds" in ports.repository.asked
    assert not ran.shards[0].is_unchanged
    assert [it.is_deleted for it in ports.catalogue.versions("campus", "bob")] == [True]


def test_whoever_the_snapshot_does_not_hold_failed_and_has_no_good_copy(ports, journal):
    ports.repository.dropped = {"bob"}

    ran = run(ports, journal)

    assert verdicts(ran.outcomes)["bob"] == (Status.FAILED, "not-in-snapshot")
    assert "bob" not in ports.copies.last_good("campus")
    assert "ada" in ports.copies.last_good("campus")


def test_what_vanishes_makes_a_partial_run_and_no_alarm(ports, journal):
    ports.repository.unread = (Unread(path="bob/.~hw1", reason="gone", vanished=True),)

    ran = run(ports, journal)

    assert ran.is_partial
    assert verdicts(ran.outcomes)["bob"] == (Status.DONE, "vanished")
    assert "bob" in ports.copies.last_good("campus")
    assert journal.runs.get(ran.run_id).ending is Ending.DONE


def test_what_cannot_be_read_three_times_on_end_is_an_alarm(ports, journal):
    statuses = []
    closed = (Unread(path="bob/closed", reason="permission denied"),)
    for unread in (closed, closed, (), closed, closed, closed):
        ports.repository.unread = unread
        statuses.append(verdicts(run(ports, journal).outcomes)["bob"][0])

    assert statuses == [Status.DONE] * 5 + [Status.FAILED]
    # The last one that was read whole.
    good = ports.copies.last_good("campus")["bob"]
    assert good.at == journal.clock.now() - timedelta(hours=3)


def test_what_cannot_be_read_and_is_nobodys_is_said(ports, journal):
    ports.repository.unread = (Unread(path="", reason="input/output error"),)

    assert "input/output error" in run(ports, journal).warnings[0]


def test_a_large_file_is_told_to_its_owner_and_no_other(homes, clock, journal):
    ports = memory_ports(homes, clock, rules=BackupRules(largest_bytes=20, exclude=("cache",)))
    (homes / "bob" / "cache").mkdir()
    for path in ("data.bin", "cache/data.bin"):
        os.truncate(os.open(homes / "bob" / path, os.O_WRONLY | os.O_CREAT), 21)
    (homes / "ada" / "link").symlink_to(homes / "bob" / "data.bin")

    ran = run(ports, journal, "ada", "bob")

    assert verdicts(ran.outcomes)["bob"] == (Status.DONE, "too-large")
    assert verdicts(ran.outcomes)["ada"] == (Status.DONE, "")
    (bob,) = (it for it in ran.outcomes if it.subject == "bob")
    assert "data.bin" in bob.reason
    assert "cache" not in bob.reason


def test_a_file_that_grew_too_large_is_no_longer_in_the_catalogue(homes, clock, journal):
    ports = memory_ports(homes, clock, rules=BackupRules(largest_bytes=1000))
    run(ports, journal)
    os.truncate(homes / "bob" / "hw1.ipynb", 1001)
    ports.repository.sees_no_change = True

    ran = run(ports, journal)

    assert not ran.shards[0].is_unchanged
    assert [it.is_deleted for it in ports.catalogue.versions("campus", "bob")] == [True]
    assert run(ports, journal).shards[0].is_unchanged


class StillFolder:
    """A file system that stands still: a copy of the folder."""

    def __init__(self, homes, *, makes=True, removes=True):
        self.homes, self.makes, self.removes = homes, makes, removes
        self.copy = homes.parent / "still"

    def make(self, moment):  # noqa: ARG002 -- the port's signature
        if not self.makes:
            raise CourseOpsError("no pool is called tank")
        shutil.copytree(self.homes, self.copy, symlinks=True)
        return self.copy

    def remove(self):
        shutil.rmtree(self.copy)
        if not self.removes:
            raise CourseOpsError("the dataset is busy", hint="unmount it")


def test_homes_are_read_as_they_stand_still_and_what_was_made_is_gone(homes, clock, journal):
    still = StillFolder(homes)
    ports = memory_ports(homes, clock, still=still)
    run(ports, journal)

    assert not still.copy.exists()
    (made,) = ports.repository.snapshots()
    assert {path.removeprefix(f"{still.copy}/") for path in made.paths} == {"ada", "bob", "[x]*?"}


def test_a_still_is_removed_when_the_run_fails(homes, clock, journal):
    still = StillFolder(homes)
    ports = memory_ports(homes, clock, still=still)
    ports.repository.refused = {"shard-00"}

    with pytest.raises(CourseOpsError, match="bad mood"):
        run(ports, journal)
    assert not still.copy.exists()


def test_without_its_still_a_hub_is_backed_up_all_the_same(homes, clock, journal):
    ports = memory_ports(homes, clock, still=StillFolder(homes, makes=False))

    found = verdicts(run(ports, journal, "ada", "bob").outcomes)

    assert found["ada"] == (Status.DONE, "")
    assert found["file system's snapshot"] == (Status.FAILED, "still")


def test_a_still_that_stays_is_said(homes, clock, journal):
    ports = memory_ports(homes, clock, still=StillFolder(homes, removes=False))

    outcome = next(it for it in run(ports, journal).outcomes if it.kind == "still")

    assert (outcome.status, outcome.mend) == (Status.FAILED, "unmount it")


def test_databases_are_backed_up_beside_the_homes_and_one_fails_no_other(
    homes, clock, journal, tmp_path
):
    sqlite3.connect(tmp_path / "hub.sqlite").execute("CREATE TABLE users (name)").connection.close()
    databases = [
        SqliteDatabase("hub", tmp_path / "hub.sqlite"),
        SqliteDatabase("gone", tmp_path / "gone.sqlite"),
        SqliteDatabase("later", tmp_path / "later.sqlite", may_be_missing=True),
    ]
    ports = memory_ports(homes, clock, databases=databases)

    found = verdicts(run(ports, journal, "ada", "bob").outcomes)

    assert found["database hub"] == (Status.DONE, "database")
    assert found["database gone"] == (Status.FAILED, "not-copied")
    assert found["database later"] == (Status.SKIPPED, "no-database")
    assert found["ada"] == (Status.DONE, "")
    (state,) = (it for it in ports.repository.snapshots() if "state" in it.tags)
    assert [it.path for it in ports.repository.files(state.id)] == ["databases/hub.sqlite"]
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_database_is_never_taken_for_somebody_whose_home_is_gone(homes, clock, journal, tmp_path):
    database = SqliteDatabase("gone", tmp_path / "gone.sqlite")
    ports = memory_ports(homes, clock, databases=[database])
    run(ports, journal)
    ports = replace(ports, databases=[])

    assert "database gone" not in verdicts(run(ports, journal, reachable=False).outcomes)


def test_snapshots_are_listed_for_everyone_or_for_one(ports, journal, homes):
    shutil.move(homes / "bob", homes.parent / "bob")
    run(ports, journal)
    shutil.move(homes.parent / "bob", homes / "bob")
    newest = run(ports, journal).shards[0].snapshot_id

    assert [snapshot.homes for snapshot in list_backups(ports, journal).snapshots] == [3, 2]
    only = list_backups(ports, journal, "bob")
    assert [snapshot.id for snapshot in only.snapshots] == [newest]
    assert only.freshness.homes == 3
