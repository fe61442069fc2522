"""A repository as a whole."""

from datetime import timedelta

import pytest

from courseops.actions.backup_ports import BackupRules
from courseops.actions.backups import run_backup
from courseops.actions.repositories import check_backup, list_backups
from courseops.actions.retention import copy_backup, forget_snapshots, preview_forget, prune_backup
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
def two_runs(ports, journal, homes):
    for text in ("one", "two"):
        journal.clock.advance(timedelta(hours=1))
        (homes / "ada" / "notes.txt").write_text(text)
        run_backup(ports, journal, hub())
    old = ports.repository.snapshots()[1].id
    ports.upkeep.dropped = {old}
    return ports


def test_a_preview_drops_nothing_and_says_why_others_stay(two_runs):
    found = preview_forget(two_runs)

    assert [it.reasons for it in found.snapshots] == [("30d",), ()]
    assert two_runs.upkeep.done == ["preview"]
    assert len(two_runs.catalogue.snapshots("campus")) == 2


def test_what_is_dropped_is_dropped_from_the_catalogue_and_audited(two_runs, journal):
    done = forget_snapshots(two_runs, journal)

    (dropped,) = done.dropped
    assert [it.id for it in two_runs.catalogue.snapshots("campus")] == [
        done.snapshots[0].snapshot.id
    ]
    phases = [(it.phase, it.subject) for it in journal.runs.audit_of(done.run_id)]
    assert phases == [("intended", dropped.snapshot.id), ("made", dropped.snapshot.id)]


def test_where_nothing_is_dropped_restic_is_asked_once(two_runs, journal):
    two_runs.upkeep.dropped = set()

    assert forget_snapshots(two_runs, journal).dropped == []
    assert two_runs.upkeep.done == ["preview"]


def test_a_repository_that_only_takes_new_snapshots_loses_none(homes, clock, journal):
    ports = memory_ports(homes, clock, rules=BackupRules(append_only=True))

    with pytest.raises(RefusedError, match="only takes new snapshots"):
        forget_snapshots(ports, journal)
    assert ports.upkeep.done == []


def test_room_is_freed_and_a_second_repository_fed(ports, journal):
    assert prune_backup(ports, journal).freed_bytes == 7
    assert copy_backup(ports, journal).snapshots == 3
    assert ports.upkeep.done == ["prune", "copy"]
