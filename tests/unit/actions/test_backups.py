"""Backing up a hub: everyone accounted for, whatever else happens."""

import shutil
from pathlib import Path

import pytest

from courseops.actions.backups import (
    BackupPorts,
    check_backup,
    initialise_backup,
    list_backups,
    run_backup,
)
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.errors import RefusedError
from courseops.model.hub import HubUser
from courseops.model.run import Ending, Status


@pytest.fixture
def ports(homes: Path) -> BackupPorts:
    return BackupPorts(
        hub="campus",
        volumes=DirectoryVolumes(f"{homes}/{{username}}"),
        repository=MemoryRepository(clock=FixedClock()),
    )


def hub(*names: str, reachable: bool = True) -> MemoryHub:
    return MemoryHub(users=[HubUser(name=name) for name in names], reachable=reachable)


def verdicts(report):
    return {outcome.subject: (outcome.status, outcome.kind) for outcome in report.outcomes}


def test_every_account_and_every_home_has_an_outcome(ports, journal, homes):
    (homes / "eve").symlink_to("/etc")

    ran = run_backup(ports, journal, hub("ada", "bob", "newcomer", "eve"))

    assert verdicts(ran) == {
        "ada": (Status.DONE, ""),
        "bob": (Status.DONE, ""),
        "[x]*?": (Status.DONE, "no-account"),
        "newcomer": (Status.SKIPPED, "no-volume"),
        "eve": (Status.FAILED, "volume-is-a-link"),
    }
    assert journal.runs.get(ran.run_id).ending is Ending.INCOMPLETE


def test_a_home_that_is_gone_fails_until_its_account_is_gone_too(ports, journal, homes):
    run_backup(ports, journal, hub("ada", "bob"))
    shutil.rmtree(homes / "bob")

    for _ in range(2):
        ran = run_backup(ports, journal, hub("ada", "bob"))
        assert verdicts(ran)["bob"] == (Status.FAILED, "volume-gone")

    assert "bob" not in verdicts(run_backup(ports, journal, hub("ada")))


def test_a_hub_that_does_not_answer_stops_no_backup(ports, journal, homes):
    run_backup(ports, journal, hub("ada", "bob"))
    shutil.rmtree(homes / "bob")

    ran = run_backup(ports, journal, hub(reachable=False))

    assert "does not answer" in ran.warnings[0]
    assert verdicts(ran)["ada"] == (Status.DONE, "")
    assert verdicts(ran)["bob"] == (Status.FAILED, "volume-gone")


def test_a_repository_is_made_only_when_asked_for(ports, journal, homes):
    repository = MemoryRepository(clock=FixedClock(), initialised=False)
    ports = BackupPorts(hub="campus", volumes=ports.volumes, repository=repository)

    with pytest.raises(RefusedError):
        run_backup(ports, journal, hub("ada"))
    assert not repository.exists()
    assert journal.runs.recent(limit=1)[0].ending is Ending.FAILED

    initialise_backup(ports, journal)
    run_backup(ports, journal, hub("ada"))
    with pytest.raises(RefusedError, match="already"):
        initialise_backup(ports, journal)


def test_snapshots_are_listed_for_everyone_or_for_one(ports, journal, homes):
    shutil.move(homes / "bob", homes.parent / "bob")
    run_backup(ports, journal, hub())
    shutil.move(homes.parent / "bob", homes / "bob")
    newest = run_backup(ports, journal, hub()).snapshot_id

    assert [snapshot.homes for snapshot in list_backups(ports).snapshots] == [3, 2]
    assert [snapshot.id for snapshot in list_backups(ports, "bob").snapshots] == [newest]


def test_a_sound_repository_is_recorded_as_checked(ports, journal):
    checked = check_backup(ports, journal)

    assert checked.problems == ()
    assert journal.runs.get(checked.run_id).ending is Ending.DONE
