"""The catalogue says what the repository holds, asked of one in memory and of each restic."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from courseops.actions.backups.cataloguing import feed, refresh
from courseops.adapters.clock import SystemClock
from courseops.adapters.memory.copies import MemoryCatalogue, MemoryCopies
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.model.backups.backup import (
    BackupOrder,
    BackupSummary,
    Volume,
    deadline_tag,
    shard_tag,
)
from courseops.model.backups.restore import FileVersion, versions_of
from courseops.ports.backup import Repository, Volumes
from courseops.ports.copies import Catalogue, Copies

FIRST = shard_tag(0)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Ports:
    """One hub, with what keeping its catalogue needs."""

    volumes: Volumes
    repository: Repository
    catalogue: Catalogue = field(default_factory=MemoryCatalogue)
    copies: Copies = field(default_factory=MemoryCopies)
    hub: str = "campus"
    scope: str = "hub/campus"
    _homes: dict[str, list[Volume]] = field(default_factory=dict)

    def run(self, tag: str = FIRST, usernames: Sequence[str] = ()) -> BackupSummary:
        """Back up and feed, as `backup run` does."""
        volumes = [
            it for it in self.volumes.survey().volumes if it.username in usernames or not usernames
        ]
        self.copies.assign(self.hub, {it.username: 0 for it in volumes})
        before = self.catalogue.newest(self.hub).get(tag)
        order = BackupOrder(tags=(tag,), parent=before.id if before else "")
        at = SystemClock().now()
        made = self.repository.back_up(self.volumes.root, volumes, order)
        # Before 0.17 restic does not see that a whole home is no longer on its list.
        as_before = made.is_unchanged and self._homes.get(tag) == volumes
        self._homes[tag] = volumes
        feed(self, replace(made, is_unchanged=as_before), tag, volumes, at)
        return made

    def agree(self) -> None:
        """Insist that the catalogue says what the repository itself does."""
        for username in ("ada", "bob", "[x]*?"):
            held = self.repository.find(self.volumes.volume_of(username), ["*"])
            expected = [it for versions in versions_of(held).values() for it in versions]
            known = self.catalogue.versions(self.hub, username)
            assert list(map(_said, known)) == list(map(_said, expected))
            for it, other in zip(known, expected, strict=True):
                # Where there was nothing to list, the moment is the one of our own clock.
                assert abs(it.taken_at - other.taken_at) < timedelta(seconds=30)


def _said(version: FileVersion) -> FileVersion:
    return replace(version, is_deleted=False, taken_at=EPOCH, first_taken_at=EPOCH)


@pytest.fixture
def ports(repository, homes) -> Ports:
    return Ports(volumes=DirectoryVolumes(f"{homes}/{{username}}"), repository=repository)


def change(home: Path) -> None:
    """Change a file, add one, and take one away."""
    (home / "hw1.ipynb").write_text('{"cells": ["much more"]}')
    (home / "new").mkdir()
    (home / "new/we*ird\nname.txt").write_text("new")
    (home / "ps1/notes.txt").unlink(missing_ok=True)


def test_every_run_is_known_with_its_changes(ports, homes):
    ports.run()
    ports.agree()
    change(homes / "ada")
    ports.run()
    ports.agree()

    gone = ports.catalogue.versions("campus", "ada", "notes.txt")
    assert [it.is_deleted for it in gone] == [True]
    assert len(ports.catalogue.versions("campus", "ada", "hw1.ipynb")) == 2


def test_a_run_without_changes_is_known_at_once(ports, homes):
    ports.run()
    (homes / "bob/hw1.ipynb").touch()
    ports.run()
    ports.run()
    ports.agree()


def test_the_files_of_a_home_that_is_gone_end(ports, homes):
    ports.run()
    shutil.rmtree(homes / "bob")
    ports.run()

    assert [it.is_deleted for it in ports.catalogue.versions("campus", "bob")] == [True]
    assert [it.is_deleted for it in ports.catalogue.versions("campus", "ada")] == [False, False]
    ports.agree()


def test_a_file_that_became_a_folder_ends(ports, homes):
    ports.run()
    (homes / "ada/hw1.ipynb").unlink()
    (homes / "ada/hw1.ipynb").mkdir()
    (homes / "ada/hw1.ipynb/x").write_text("x")
    ports.run()
    ports.agree()


def test_a_new_learner_of_a_shard_is_known(ports, homes):
    ports.run(usernames=["ada"])
    ports.run()
    ports.agree()


def test_the_snapshot_of_a_deadline_is_known_beside_those_of_the_shard(ports, homes):
    ports.run()
    change(homes / "ada")
    ports.run(deadline_tag("python101", "hw1"), ["ada", "bob"])
    ports.run()
    ports.agree()
    assert {it.shard for it in ports.catalogue.snapshots("campus")} == {FIRST, ""}


def test_names_that_are_no_utf_8_come_back(ports, homes):
    odd = os.fsencode(homes / "ada") + b"/caf\xe9.ipynb"
    Path(os.fsdecode(odd)).write_text("odd")
    ports.run()
    ports.agree()


def test_what_was_backed_up_before_there_was_a_catalogue_is_read_with_the_next_run(
    ports, homes, journal
):
    ports.run()
    change(homes / "ada")
    ports.run()
    ports.catalogue.clear("campus")
    change_more(homes)
    ports.run()
    ports.agree()
    assert refresh(ports, journal).outcomes == ()


def change_more(homes: Path) -> None:
    (homes / "bob/later.txt").write_text("later")


def test_a_refresh_makes_the_catalogue_as_the_repository_is(ports, homes, journal):
    for step in (lambda _: None, change, lambda home: change_more(home.parent)):
        step(homes / "ada")
        ports.run()
    ports.run(deadline_tag("python101", "hw1"), ["ada"])
    before = [ports.catalogue.versions("campus", it) for it in ("ada", "bob")]
    ports.catalogue.clear("campus")

    done = refresh(ports, journal)

    assert (done.known, done.dropped, len(done.outcomes)) == (0, 0, 4)
    assert [ports.catalogue.versions("campus", it) for it in ("ada", "bob")] == before
    ports.agree()
    again = refresh(ports, journal)
    assert (again.known, again.dropped, again.outcomes) == (4, 0, ())


def test_a_gap_is_filled_by_a_refresh(ports, homes, journal):
    ports.run()
    change(homes / "ada")
    ports.run()
    change_more(homes)
    ports.run()
    ports.catalogue.forget("campus", [ports.catalogue.snapshots("campus")[1].id])

    done = refresh(ports, journal)

    assert (done.known, len(done.outcomes)) == (1, 2)
    ports.agree()


def test_what_the_repository_forgot_is_dropped_by_a_refresh(ports, homes, journal):
    ports.run()
    change(homes / "ada")
    made = ports.run()
    known = ports.catalogue.snapshots("campus")
    ports.catalogue.clear("campus")
    other = replace(known[1], id="f" * 64, taken_at=known[1].taken_at - timedelta(hours=1))
    ports.catalogue.add("campus", other, {"ada": []})

    done = refresh(ports, journal)

    assert (done.known, done.dropped, len(done.outcomes)) == (0, 1, 2)
    assert ports.catalogue.snapshots("campus")[0].id == made.snapshot_id
    ports.agree()
