"""Bringing files back: previewed, never overwritten, with a receipt."""

import hashlib
import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from courseops.actions.restores.ports import RestorePorts
from courseops.actions.restores.restoring import preview_restore, restore
from courseops.actions.restores.versions import find_versions
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.repository import MemoryRepository
from courseops.adapters.pages.restore_note import NoteWords
from courseops.errors import CourseOpsError, LockedError, RefusedError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Sighting
from courseops.model.run import Phase, Status
from tests.support.backup import LEARNER, back_up, everything, restore_ports

GOOD = b'{"cells": []}'


@pytest.fixture
def ports(homes: Path, tmp_path: Path, clock: FixedClock) -> RestorePorts:
    """Three homes, backed up once; today ada's notebook is spoiled."""
    made = restore_ports(homes, tmp_path / "staging", MemoryRepository(clock=clock))
    back_up(made)
    (homes / "ada/hw1.ipynb").write_text("spoiled")
    return made


def test_a_preview_tells_what_would_be_and_changes_nothing(ports, homes):
    before = everything(homes)

    report = preview_restore(ports, "ada", ["hw1.ipynb", "ps1/notes.txt"])

    assert [file.lies_at for file in report.files] == ["hw1.restored.ipynb", "ps1/notes.txt"]
    assert [file.is_same for file in report.files] == [False, True]
    assert report.files[0].sha256 == hashlib.sha256(GOOD).hexdigest()
    assert not report.applied
    assert everything(homes) == before


def test_what_was_previewed_is_what_is_done(ports, journal, homes):
    previewed = preview_restore(ports, "ada", ["hw1.ipynb"])
    done = restore(ports, journal, "ada", ["hw1.ipynb"])

    assert done.files == previewed.files
    assert (homes / "ada" / done.files[0].lies_at).read_bytes() == GOOD


def test_a_version_is_chosen_by_time(ports, journal, homes, clock):
    good_at = clock.now()
    clock.advance(timedelta(days=1))
    back_up(ports)

    report = restore(ports, journal, "ada", ["hw1.ipynb"], at=good_at + timedelta(hours=1))

    assert (homes / "ada" / report.files[0].lies_at).read_bytes() == GOOD
    assert [version.size_bytes for version in find_versions(ports, "ada").versions] == [7, 13, 3]


def test_one_file_that_cannot_be_had_stops_no_other(ports, journal, homes, clock):
    (homes / "ada/late.txt").write_text("late")
    before = clock.now()
    clock.advance(timedelta(days=1))
    back_up(ports)

    paths = ["none.txt", "notes.txt", "late.txt", "../bob/hw1.ipynb", "hw1.ipynb"]
    report = restore(ports, journal, "ada", paths, at=before)

    assert [outcome.status for outcome in report.outcomes] == [*[Status.FAILED] * 4, Status.DONE]
    assert "restore find campus ada" in report.outcomes[0].mend
    assert report.outcomes[1].mend == "did you mean ps1/notes.txt?"
    assert "no snapshot up to" in report.outcomes[2].reason
    assert "not a path inside a home" in report.outcomes[3].reason


def test_each_file_leaves_a_receipt_before_and_after(ports, journal):
    report = restore(ports, journal, "ada", ["hw1.ipynb"])

    intended, made = journal.runs.audit_of(report.run_id)
    assert [intended.phase, made.phase] == [Phase.INTENDED, Phase.MADE]
    assert (made.actor, made.subject, made.change) == ("tester", "ada", "restore hw1.ipynb")
    assert report.files[0].sha256 in made.detail
    assert report.files[0].snapshot_id in made.detail
    assert "hw1.restored.ipynb" in made.detail


def test_a_file_that_cannot_be_placed_leaves_a_receipt_too(ports, journal, homes):
    (homes / "ada/away").symlink_to(homes / "bob")

    report = restore(ports, journal, "ada", ["hw1.ipynb"], to="away")

    assert report.outcomes[0].status is Status.FAILED
    assert list((homes / "bob").iterdir()) == [homes / "bob/hw1.ipynb"]


def test_files_may_go_to_a_folder_of_their_own(ports, journal, homes):
    report = restore(ports, journal, "ada", ["hw1.ipynb", "ps1/notes.txt"], to="from backup")

    assert [file.lies_at for file in report.files] == [
        "from backup/hw1.ipynb",
        "from backup/notes.txt",
    ]
    assert (homes / "ada/from backup/hw1.ipynb").read_bytes() == GOOD


@pytest.mark.parametrize("to", ["../bob", "/etc", "a//b"])
def test_a_folder_outside_the_home_is_refused(ports, journal, to):
    with pytest.raises(RefusedError):
        restore(ports, journal, "ada", ["hw1.ipynb"], to=to)


def test_a_torn_notebook_is_brought_back_and_the_version_before_it_is_named(
    ports, journal, homes, clock
):
    good_at = clock.now()
    (homes / "ada/hw1.ipynb").write_text('{"cells": [')
    clock.advance(timedelta(hours=1))
    back_up(ports)
    (homes / "ada/hw1.ipynb").unlink()

    report = restore(ports, journal, "ada", ["hw1.ipynb"])
    again = restore(ports, journal, "ada", ["hw1.ipynb"])

    for outcome in (report.outcomes[0], again.outcomes[0]):
        assert outcome.kind == "broken-notebook"
        assert f"--at {good_at + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}" in outcome.reason
    assert (report.files[0].is_notebook, again.files[0].is_same) == (False, True)


def test_a_torn_notebook_takes_nothings_place(ports, journal, homes, clock):
    (homes / "ada/hw1.ipynb").write_text('{"cells": [')
    clock.advance(timedelta(hours=1))
    back_up(ports)
    (homes / "ada/hw1.ipynb").write_bytes(GOOD)

    report = restore(ports, journal, "ada", ["hw1.ipynb"], in_place=True)

    assert report.files[0].lies_at == "hw1.restored.ipynb"
    assert (homes / "ada/hw1.ipynb").read_bytes() == GOOD


def test_in_place_the_current_file_is_moved_aside_and_kept(ports, journal, homes):
    previewed = preview_restore(ports, "ada", ["hw1.ipynb"], in_place=True)
    report = restore(ports, journal, "ada", ["hw1.ipynb"], in_place=True)

    assert report.files == previewed.files
    assert report.files[0].made_way_to == "hw1.before-restore.ipynb"
    assert (homes / "ada/hw1.ipynb").read_bytes() == GOOD
    assert (homes / "ada/hw1.before-restore.ipynb").read_text() == "spoiled"


def test_what_is_there_already_is_not_placed_again(ports, journal, homes):
    first = restore(ports, journal, "ada", ["hw1.ipynb"])
    previewed = preview_restore(ports, "ada", ["hw1.ipynb"])
    again = restore(ports, journal, "ada", ["hw1.ipynb"])

    assert [it.files[0].is_same for it in (first, previewed, again)] == [False, True, True]
    assert again.files == previewed.files
    assert again.outcomes[0].kind == "unchanged"
    assert sorted(it.name for it in (homes / "ada").glob("hw1*")) == [
        "hw1.ipynb",
        "hw1.restored.ipynb",
    ]


def test_who_lost_an_account_has_their_files_in_the_new_one(ports, journal, homes):
    shutil.rmtree(homes / "ada")
    bob = LEARNER + 1 if os.geteuid() == 0 else LEARNER
    for path in (homes / "bob", *(homes / "bob").iterdir()):
        os.chown(path, bob, bob)

    report = restore(ports, journal, "ada", ["hw1.ipynb", "ps1"], new_user="bob")

    assert (report.username, report.owner) == ("ada", "bob")
    assert (homes / "bob/hw1.restored.ipynb").read_bytes() == GOOD
    assert (homes / "bob/ps1/notes.txt").read_text() == "one"
    assert {it.stat().st_uid for it in (homes / "bob").rglob("*")} == {bob}
    assert not (homes / "ada").exists()


def test_a_note_for_the_learner_lies_beside_what_was_restored(ports, journal, homes):
    ports = replace(ports, write_note=NoteWords("École du Lac", "fr", "Europe/Paris"))

    report = restore(ports, journal, "ada", ["hw1.ipynb"])

    note = homes / "ada" / report.note
    assert note.stat().st_uid == LEARNER
    assert report.files[0].sha256 in note.read_text()
    assert "hw1.restored.ipynb" in note.read_text()
    assert "par :" in note.read_text().casefold()


def test_no_note_is_left_where_nothing_was_placed(ports, journal, homes):
    ports = replace(ports, write_note=NoteWords("School", "en", "UTC"))
    restore(ports, journal, "ada", ["hw1.ipynb"])
    before = everything(homes)

    assert restore(ports, journal, "ada", ["hw1.ipynb", "none"]).note == ""
    assert everything(homes) == before


class FailingRepository(MemoryRepository):
    """A repository that has lost every content."""

    def dump(self, volume: Volume, sighting: Sighting, to: int) -> None:  # noqa: ARG002
        raise CourseOpsError("a pack is missing", hint="check the repository")


@pytest.mark.parametrize("lazily", [False, True])
def test_a_file_that_cannot_be_read_says_why(ports, journal, homes, clock, lazily):
    ports = replace(ports, repository=FailingRepository(clock=clock))
    back_up(ports)

    report = restore(ports, (lambda: journal) if lazily else journal, "ada", ["hw1.ipynb", "ps1"])

    assert report.outcomes[0].reason == "a pack is missing"
    assert report.outcomes[0].mend == "check the repository"
    assert report.outcomes[1].status is Status.DONE


class HalfRepository(MemoryRepository):
    """A repository that ends in the middle of a file, and says nothing of it."""

    def dump(self, volume: Volume, sighting: Sighting, to: int) -> None:
        super().dump(volume, sighting, to)
        os.ftruncate(to, 4)


def test_less_than_the_whole_file_is_never_placed(ports, journal, homes, clock):
    ports = replace(ports, repository=HalfRepository(clock=clock))
    back_up(ports)
    before = everything(homes)

    report = restore(ports, journal, "ada", ["hw1.ipynb"])

    assert "gave 4 of 7 bytes" in report.outcomes[0].reason
    assert everything(homes) == before


def test_a_restore_waits_for_no_backup_but_for_another_in_the_same_home(ports, journal):
    with journal.locks.hold("hub/campus"):
        restore(ports, journal, "ada", ["hw1.ipynb"])
    with journal.locks.hold("home/campus/ada"), pytest.raises(LockedError):
        restore(ports, journal, "ada", ["hw1.ipynb"])
