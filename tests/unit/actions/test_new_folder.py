"""Bringing something back into a new folder, within what somebody may have alone."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from courseops.actions.restores.new_folder import must_wait, restore_into_new_folder
from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import LockedError, RefusedError
from courseops.model.backups.allowance import Allowance, Reason
from tests.support.backup import back_up, everything, restore_ports

FEW = Allowance(restores=2, size_bytes=1000)


@pytest.fixture
def ports(homes, tmp_path, clock):
    made = restore_ports(homes, tmp_path / "staging", MemoryRepository(clock=clock))
    back_up(made)
    return made


@pytest.fixture
def alice(journal):
    return replace(journal, actor="ada on campus")


def bring_back(ports, journal, path, allowance=FEW):
    return restore_into_new_folder(
        ports, journal, "ada", path, at=None, zone=UTC, allowance=allowance
    )


def test_it_goes_into_a_new_folder_and_over_nothing(ports, alice, homes):
    planted = homes / "ada/restored-2026-03-02-0900"
    planted.symlink_to("/etc")
    before = everything(homes)

    report = bring_back(ports, alice, "ps1/notes.txt")

    assert [it.lies_at for it in report.files] == ["restored-2026-03-02-0900-2/notes.txt"]
    assert (homes / "ada" / report.files[0].lies_at).read_text() == "one"
    assert everything(homes).items() >= before.items()


def test_a_folder_comes_back_as_a_whole(ports, alice, homes):
    report = bring_back(ports, alice, "ps1")
    assert [it.lies_at for it in report.files] == ["restored-2026-03-02-0900/ps1/notes.txt"]


def test_nobody_has_more_than_so_many_an_hour(ports, alice, clock):
    for _ in range(2):
        bring_back(ports, alice, "hw1.ipynb")
        clock.advance(timedelta(minutes=5))
    with pytest.raises(RefusedError, match="you may go on at 2026-03-02 10:00"):
        bring_back(ports, alice, "hw1.ipynb")
    assert len(alice.runs.recent()) == 2

    clock.advance(timedelta(minutes=50))
    bring_back(ports, alice, "hw1.ipynb")


def test_what_others_bring_back_for_somebody_is_not_counted(ports, alice, journal):
    for _ in range(3):
        bring_back(ports, journal, "hw1.ipynb", allowance=None)
    bring_back(ports, alice, "hw1.ipynb")


def test_what_was_brought_back_is_counted_by_its_bytes(ports, alice):
    bring_back(ports, alice, "hw1.ipynb")
    bytes_left = Allowance(size_bytes=15)
    wait = must_wait("campus", alice, "ada", 3, bytes_left)
    assert wait is not None
    assert wait.reason is Reason.MUCH
    assert must_wait("campus", alice, "ada", 2, bytes_left) is None


def test_what_is_too_large_is_not_begun(ports, alice):
    with pytest.raises(RefusedError, match="more than anybody may"):
        bring_back(ports, alice, "hw1.ipynb", allowance=Allowance(size_bytes=12))
    assert alice.runs.recent() == []


def test_nobody_gets_past_it_by_asking_twice_at_once(ports, alice):
    with alice.locks.hold("allowance/campus/ada"), pytest.raises(LockedError):
        bring_back(ports, alice, "hw1.ipynb")
