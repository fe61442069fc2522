"""Bringing back whole folders and whole homes."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from courseops.actions.restores.ports import RestorePorts
from courseops.actions.restores.restoring import preview_restore, restore
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import CourseOpsError
from courseops.model.run import Phase, Status
from tests.support.backup import LEARNER, back_up, everything, make_home, restore_ports

GOOD = '{"cells": []}'


@pytest.fixture
def home(homes: Path) -> Path:
    files = {
        "week1/hw1.ipynb": GOOD,
        "week1/data/points.csv": "1,2",
        "week1/torn.ipynb": "{",
        "week10/other.txt": "not asked for",
    }
    return make_home(homes, "dan", files)


@pytest.fixture
def ports(homes: Path, home: Path, tmp_path: Path, clock: FixedClock) -> RestorePorts:
    made = restore_ports(homes, tmp_path / "staging", MemoryRepository(clock=clock))
    back_up(made)
    return made


@pytest.mark.parametrize("path", ["week1", "week1/"])
def test_a_deleted_folder_comes_back_with_all_that_was_in_it(ports, journal, homes, home, path):
    before = everything(homes)
    shutil.rmtree(home / "week1")

    report = restore(ports, journal, "dan", [path])

    assert everything(homes) == before
    assert {it.stat().st_uid for it in before if home in it.parents} == {LEARNER}
    assert sorted(it.lies_at for it in report.files) == [
        "week1/data/points.csv",
        "week1/hw1.ipynb",
        "week1/torn.ipynb",
    ]
    assert report.outcomes[-1].reason == "3 files placed, 0 were there already"


def test_what_is_there_unchanged_is_left_alone_and_the_rest_lies_beside(ports, journal, home):
    (home / "week1/hw1.ipynb").write_text("spoiled")
    (home / "week1/data/points.csv").unlink()

    previewed = preview_restore(ports, "dan", ["week1"])
    report = restore(ports, journal, "dan", ["week1"])

    assert {it.path: it.lies_at for it in report.files} == {
        it.path: it.lies_at for it in previewed.files
    }
    assert (home / "week1/hw1.restored.ipynb").read_text() == GOOD
    assert (home / "week1/hw1.ipynb").read_text() == "spoiled"
    assert not (home / "week1/torn.restored.ipynb").exists()
    assert report.outcomes[-1].reason == "2 files placed, 1 were there already"


def test_in_place_only_what_differs_makes_way(ports, journal, home):
    (home / "week1/hw1.ipynb").write_text("spoiled")

    restore(ports, journal, "dan", ["week1"], in_place=True)

    assert sorted(it.name for it in (home / "week1").iterdir()) == [
        "data",
        "hw1.before-restore.ipynb",
        "hw1.ipynb",
        "torn.ipynb",
    ]
    assert (home / "week1/hw1.ipynb").read_text() == GOOD


def test_a_folder_comes_back_as_it_was_then(ports, journal, home, clock):
    then = clock.now()
    clock.advance(timedelta(days=1))
    (home / "week1/late.txt").write_text("late")
    back_up(ports)
    shutil.rmtree(home / "week1")

    restore(ports, journal, "dan", ["week1"], at=then + timedelta(hours=1))

    assert not (home / "week1/late.txt").exists()
    assert (home / "week1/hw1.ipynb").exists()


@pytest.mark.parametrize(("path", "lies_at"), [("week1/data", "old/data"), (".", "old/week1/data")])
def test_a_folder_may_go_into_another_one(ports, journal, home, path, lies_at):
    restore(ports, journal, "dan", [path], to="old")

    assert (home / lies_at / "points.csv").read_text() == "1,2"


def test_a_whole_home_comes_back(ports, journal, homes, home):
    before = everything(homes)
    for path in home.iterdir():
        shutil.rmtree(path)

    report = restore(ports, journal, "dan", ["."])

    assert everything(homes) == before
    assert report.outcomes[-1].subject == "."


def test_a_folder_that_a_link_has_replaced_is_refused_and_the_rest_comes_back(
    ports, journal, homes, home
):
    shutil.rmtree(home / "week1/data")
    (home / "week1/data").symlink_to(homes / "bob")
    (home / "week1/hw1.ipynb").unlink()

    report = restore(ports, journal, "dan", ["week1"])

    failed = {it.subject for it in report.outcomes if it.status is Status.FAILED}
    assert failed == {"week1/data", "week1/data/points.csv"}
    assert (home / "week1/hw1.ipynb").read_text() == GOOD
    assert [it.name for it in (homes / "bob").iterdir()] == ["hw1.ipynb"]


def test_each_file_of_a_folder_has_its_receipt(ports, journal, home):
    shutil.rmtree(home / "week1")

    report = restore(ports, journal, "dan", ["week1"])

    records = journal.runs.audit_of(report.run_id)
    assert records[0].phase is Phase.INTENDED
    made = {it.change: it.detail for it in records if it.phase is Phase.MADE}
    for file in report.files:
        assert file.sha256 in made[f"restore {file.path}"]


def test_torn_notebooks_in_a_folder_are_named_and_take_nothings_place(ports, journal, home):
    (home / "week1/torn.ipynb").write_text(GOOD)

    report = restore(ports, journal, "dan", ["week1"], in_place=True)

    assert (home / "week1/torn.ipynb").read_text() == GOOD
    assert (home / "week1/torn.restored.ipynb").read_text() == "{"
    (torn,) = (it for it in report.outcomes if it.kind == "broken-notebook")
    assert torn.subject == "week1/torn.ipynb"


class DamagedRepository(MemoryRepository):
    """A repository that has lost one file, and cannot restore the folder that it lies in."""

    def restore(self, *_):
        raise CourseOpsError("some packs are missing")

    def dump(self, volume, sighting, to):
        if sighting.path == "week1/hw1.ipynb":
            raise CourseOpsError("a pack is missing")
        super().dump(volume, sighting, to)


def test_of_a_damaged_folder_everything_comes_back_that_can(homes, home, tmp_path, clock, journal):
    ports = restore_ports(homes, tmp_path / "staging", DamagedRepository(clock=clock))
    back_up(ports)
    shutil.rmtree(home / "week1")

    report = restore(ports, journal, "dan", ["week1"])

    failed = [it.subject for it in report.outcomes if it.status is Status.FAILED]
    assert failed == ["week1/hw1.ipynb"]
    assert (home / "week1/data/points.csv").read_text() == "1,2"


def test_nothing_is_left_in_the_staging_folder(ports, journal, home, tmp_path):
    shutil.rmtree(home / "week1")

    restore(ports, journal, "dan", ["week1"])

    assert list((tmp_path / "staging").iterdir()) == []
