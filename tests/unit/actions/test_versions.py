"""Finding versions: the catalogue answers by itself, and the repository where it cannot."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from courseops.actions.restores.ports import RestorePorts
from courseops.actions.restores.restoring import restore
from courseops.actions.restores.versions import CATALOGUE, REPOSITORY, find_versions
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.copies import MemoryCatalogue
from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import CourseOpsError
from courseops.model.run import Status
from tests.support.backup import back_up, remember, restore_ports

GOOD = '{"cells": []}'


class CountingRepository(MemoryRepository):
    """A repository that notes what it was asked."""

    def __init__(self, **settings) -> None:
        super().__init__(**settings)
        self.asked: list[str] = []

    def find(self, volume, patterns):
        self.asked.append("find")
        return super().find(volume, patterns)

    def snapshots(self):
        self.asked.append("snapshots")
        return super().snapshots()

    def dump(self, volume, sighting, to):
        self.asked.append("dump")
        super().dump(volume, sighting, to)

    def restore(self, snapshot_id, paths, into):
        self.asked.append("restore")
        super().restore(snapshot_id, paths, into)


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return MemoryCatalogue()


@pytest.fixture
def repository(clock: FixedClock) -> CountingRepository:
    return CountingRepository(clock=clock)


@pytest.fixture
def ports(homes, tmp_path, repository, catalogue) -> RestorePorts:
    return restore_ports(
        homes,
        tmp_path / "staging",
        repository,
        catalogue=catalogue,
        mark_broken=catalogue.mark_broken,
    )


@pytest.fixture
def history(ports, repository, catalogue, homes, clock) -> RestorePorts:
    """Three days of ada's notebook: good, torn, deleted; the catalogue knows them all."""
    for text in (GOOD, '{"cells": [', None):
        notebook: Path = homes / "ada/hw1.ipynb"
        if text is None:
            notebook.unlink()
        else:
            notebook.write_text(text)
            changed = clock.now().timestamp()
            os.utime(notebook, (changed, changed))
        note(ports, catalogue, back_up(ports))
        clock.advance(timedelta(days=1))
    repository.asked.clear()
    return ports


def note(ports: RestorePorts, catalogue: MemoryCatalogue, snapshot_id: str) -> None:
    (made,) = (it for it in ports.repository.snapshots() if it.id == snapshot_id)
    found = ports.repository.find(ports.volumes.volume_of("ada"), ["*"])
    catalogue.add("campus", made, {"ada": [it for it in found if it.snapshot_id == snapshot_id]})


def test_the_catalogue_is_asked_and_the_repository_is_not(history, repository):
    found = find_versions(history, "ada", "hw1.ipynb")

    assert [it.size_bytes for it in found.versions] == [11, 13]
    assert all(it.is_deleted for it in found.versions)
    assert (found.teller, repository.asked) == ("catalogue", [])


def test_one_file_costs_one_dump(history, journal, repository, clock):
    restore(history, journal, "ada", ["hw1.ipynb"], at=clock.now() - timedelta(days=2.5))

    assert repository.asked == ["dump"]


def test_a_folder_costs_one_restore(history, journal, repository, homes):
    (homes / "ada/ps1/notes.txt").unlink()

    report = restore(history, journal, "ada", ["ps1"])

    assert repository.asked == ["restore"]
    assert (homes / "ada/ps1/notes.txt").read_text() == "one"
    assert report.teller == "catalogue"


def test_a_folder_as_it_was_between_two_changes_of_its_files(history, journal, homes, clock):
    for path in (homes / "ada").rglob("*.*"):
        path.unlink()

    restore(history, journal, "ada", ["."], at=clock.now() - timedelta(days=2.5))

    assert (homes / "ada/hw1.ipynb").read_text() == GOOD
    assert (homes / "ada/ps1/notes.txt").read_text() == "one"


def test_what_the_catalogue_does_not_know_the_repository_is_asked_for(ports, homes, clock):
    back_up(ports)
    clock.advance(timedelta(days=1))
    (homes / "ada/hw1.ipynb").unlink()
    back_up(ports)

    found = find_versions(ports, "ada")

    assert found.teller == "repository"
    assert {it.path: it.is_deleted for it in found.versions} == {
        "hw1.ipynb": True,
        "ps1/notes.txt": False,
    }


def test_of_a_moment_the_version_that_counted_is_shown_with_its_neighbours(ports, homes, clock):
    begun = clock.now()
    for day in range(5):
        (homes / "ada/hw1.ipynb").write_text("x" * (day + 1))
        back_up(ports)
        clock.advance(timedelta(days=1))

    found = find_versions(ports, "ada", "hw1.ipynb", at=begun + timedelta(days=2, hours=1))

    assert [it.size_bytes for it in found.versions] == [4, 3, 2]


def test_a_check_marks_what_is_no_notebook_for_good(history, repository):
    checked = find_versions(history, "ada", "*", check=True)
    later = find_versions(history, "ada", "*")

    marks = {(it.path, it.size_bytes): it.is_broken for it in checked.versions}
    assert marks == {
        ("hw1.ipynb", 11): True,
        ("hw1.ipynb", 13): False,
        ("ps1/notes.txt", 3): False,
    }
    assert later.versions == checked.versions
    assert repository.asked == ["dump", "dump"]


def test_a_restore_marks_what_it_finds_broken(history, journal):
    restore(history, journal, "ada", ["hw1.ipynb"])

    assert [it.is_broken for it in find_versions(history, "ada", "hw1.ipynb").versions] == [
        True,
        False,
    ]


def test_a_version_that_cannot_be_read_stops_no_other_check(history, repository, monkeypatch):
    def fail(*_):
        raise CourseOpsError("the disk is gone")

    monkeypatch.setattr(repository, "dump", fail)

    found = find_versions(history, "ada", check=True)

    assert [it.status for it in found.outcomes] == [Status.FAILED] * 2
    assert len(found.versions) == 3


def test_a_trusting_search_asks_no_repository_of_a_home_that_is_known(homes, tmp_path, clock):
    repository = MemoryRepository(clock=clock)
    catalogue = MemoryCatalogue()
    ports = restore_ports(homes, tmp_path / "staging", repository, catalogue=catalogue)
    back_up(ports)
    remember(catalogue, repository, ["ada"])

    assert find_versions(ports, "ada", "hw7", trusting=True).teller == CATALOGUE
    assert find_versions(ports, "ada", "hw7").teller == REPOSITORY
    assert find_versions(ports, "bob", "hw1.ipynb", trusting=True).versions
