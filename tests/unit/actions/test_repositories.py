"""A repository as a whole."""

from datetime import timedelta

import pytest

from courseops.actions.backups.ports import BackupRules
from courseops.actions.backups.repositories import check_backup, list_backups
from courseops.actions.backups.retention import (
    copy_backup,
    forget_snapshots,
    preview_forget,
    prune_backup,
)
from courseops.actions.backups.taking import run_backup
from courseops.errors import LockedError, RefusedError
from courseops.model.run import Ending
from tests.support.backups import hub, memory_ports


def test_a_sound_repository_is_recorded_as_checked(ports, journal):
    checked = check_backup(ports, journal, in_part=True)

    assert checked.problems == ()
    assert checked.part[1] == 12
    assert journal.runs.get(checked.run_id).ending is Ending.DONE


def test_while_the_repository_is_locked_the_catalogue_is_listed(ports, journal, monkeypatch):
    run_backup(ports, journal, hub())

    def locked():
        raise LockedError("the repository is locked")

    monkeypatch.setattr(ports.repository, "snapshots", locked)
    listed = list_backups(ports, journal, "ada")

    assert [(it.of, it.homes) for it in listed.snapshots] == [("shard-00", None)]
    assert "is locked" in listed.warnings[0]
    assert list_backups(ports, journal, "nobody").snapshots == ()


@pytest.fixture
def three_runs(ports, journal, homes):
    """Give a hub with one snapshot that no rule keeps, beside another of the same day."""
    for days, text in ((0, "the first"), (0, "two"), (20, "three")):
        journal.clock.advance(timedelta(days=days, hours=1))
        (homes / "ada" / "notes.txt").write_text(text)
        run_backup(ports, journal, hub())
    return ports


def test_a_preview_drops_nothing_and_says_why_others_stay(three_runs):
    found = preview_forget(three_runs)

    assert [bool(it.reasons) for it in found.snapshots] == [True, True, False]
    assert "daily within 30d" in found.snapshots[1].reasons
    assert three_runs.upkeep.asked == ["preview"]
    assert len(three_runs.catalogue.snapshots("campus")) == 3


def test_what_is_dropped_is_dropped_from_the_catalogue_and_audited(three_runs, journal):
    done = forget_snapshots(three_runs, journal)

    (dropped,) = done.dropped
    kept = [it.snapshot.id for it in done.snapshots if it.reasons]
    assert [it.id for it in three_runs.repository.snapshots()] == kept
    assert [it.id for it in three_runs.catalogue.snapshots("campus")] == kept
    phases = [(it.phase, it.subject) for it in journal.runs.audit_of(done.run_id)]
    assert phases == [("intended", dropped.snapshot.id), ("made", dropped.snapshot.id)]


def test_where_nothing_is_dropped_restic_is_asked_once(three_runs, journal):
    forget_snapshots(three_runs, journal)
    three_runs.upkeep.asked.clear()

    assert forget_snapshots(three_runs, journal).dropped == []
    assert three_runs.upkeep.asked == ["preview"]


def test_a_repository_that_only_takes_new_snapshots_loses_none(homes, clock, journal):
    ports = memory_ports(homes, clock, rules=BackupRules(append_only=True))

    with pytest.raises(RefusedError, match="only takes new snapshots"):
        forget_snapshots(ports, journal)
    assert ports.upkeep.asked == []


def test_a_second_repository_gets_what_it_lacks_and_no_more(three_runs, journal):
    assert copy_backup(three_runs, journal).snapshots == 3
    assert copy_backup(three_runs, journal).snapshots == 0


def test_the_room_of_what_was_dropped_is_freed(three_runs, journal):
    assert prune_backup(three_runs, journal).freed_bytes == 0
    forget_snapshots(three_runs, journal)

    assert prune_backup(three_runs, journal).freed_bytes == len("the first")
