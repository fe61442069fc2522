"""What every backup repository promises, asked of each one we have."""

import os
import shutil
from pathlib import Path

import pytest

from courseops.errors import CourseOpsError, RefusedError
from courseops.model.restore import sighting_at
from tests.support.backup import LEARNER, volumes


def read(repository, volume, sighting, tmp_path) -> bytes:
    with (tmp_path / "dumped").open("w+b") as target:
        repository.dump(volume, sighting, target.fileno())
    return (tmp_path / "dumped").read_bytes()


def test_a_repository_is_there_only_once_it_was_initialised(new_repository):
    assert not new_repository.exists()
    new_repository.initialise()
    assert new_repository.exists()
    with pytest.raises(RefusedError, match="already"):
        new_repository.initialise()


def test_nothing_initialises_a_repository_in_passing(new_repository, homes):
    with pytest.raises(RefusedError, match="no repository") as refusal:
        new_repository.back_up(homes, volumes("ada"))
    assert "backup init" in refusal.value.hint
    assert not new_repository.exists()


def test_a_snapshot_is_found_again_with_the_volumes_it_holds(repository, homes):
    ada, bob, odd = volumes("ada", "bob", "[x]*?")

    summary = repository.back_up(homes, [ada, bob, odd])

    (snapshot,) = repository.snapshots()
    assert snapshot.id == summary.snapshot_id
    assert snapshot.covers(ada)
    assert not snapshot.covers(*volumes("da"))
    assert repository.holds(snapshot.id, ["ada", "bob", "[x]*?", "eve"]) == {"ada", "bob", "[x]*?"}
    assert (summary.files_new, summary.unread) == (4, ())


def test_an_unchanged_home_is_not_read_again_when_a_learner_comes(repository, homes):
    repository.back_up(homes, volumes("ada"))

    summary = repository.back_up(homes, volumes("ada", "bob"))

    assert (summary.files_new, summary.files_changed, summary.files_unmodified) == (1, 0, 2)


def test_snapshots_come_newest_first(repository, homes):
    made = [repository.back_up(homes, volumes("ada")).snapshot_id for _ in range(2)]

    assert [snapshot.id for snapshot in repository.snapshots()] == made[::-1]


def test_a_volume_that_is_gone_is_not_in_the_snapshot_and_does_not_stop_the_others(
    repository, homes
):
    shutil.rmtree(homes / "bob")

    summary = repository.back_up(homes, volumes("ada", "bob"))

    assert repository.holds(summary.snapshot_id, ["ada", "bob"]) == {"ada"}


def test_with_no_volume_at_all_there_is_no_snapshot(repository, tmp_path):
    with pytest.raises(CourseOpsError, match="nothing to back up"):
        repository.back_up(tmp_path, volumes("eve"))
    assert repository.snapshots() == []


def test_each_version_of_a_file_can_be_found_and_read(repository, homes, tmp_path):
    (ada,) = volumes("ada")
    repository.back_up(homes, [ada])
    between = repository.snapshots()[0].taken_at
    (homes / "ada/hw1.ipynb").write_text("spoiled")
    repository.back_up(homes, [ada])

    sightings = repository.find(ada, ["hw1.ipynb"])

    assert len(sightings) == 2
    now, then = sighting_at(sightings, None), sighting_at(sightings, between)
    assert read(repository, ada, now, tmp_path) == b"spoiled"
    assert read(repository, ada, then, tmp_path) == b'{"cells": []}'
    assert (then.size_bytes, then.mode, then.uid) == (13, 0o644, LEARNER)


def test_a_pattern_finds_the_files_it_means_and_no_others(repository, homes):
    (ada,) = volumes("ada")
    repository.back_up(homes, volumes("ada", "bob"))

    def found(*patterns: str) -> set[str]:
        return {sighting.path for sighting in repository.find(ada, patterns)}

    assert found("notes.*", "**/notes.txt") == {"ps1/notes.txt"}
    assert found("*") == {"hw1.ipynb", "ps1/notes.txt"}
    assert found("hw[!2].ipynb", "ps1/notes.txt") == {"hw1.ipynb", "ps1/notes.txt"}
    assert found("ps1", "otes.txt", "/notes.txt") == set()


def test_a_name_made_of_wildcards_finds_only_its_own_home(repository, homes, tmp_path):
    odd = volumes("[x]*?")[0]
    repository.back_up(homes, volumes("ada", "bob", "[x]*?"))

    (sighting,) = repository.find(odd, ["hw1.ipynb"])

    assert read(repository, odd, sighting, tmp_path) == b'{"cells": [2]}'


def test_links_and_pipes_are_no_files_to_restore(repository, homes):
    (homes / "ada/link").symlink_to("/etc/passwd")
    os.mkfifo(homes / "ada/pipe")
    (ada,) = volumes("ada")
    repository.back_up(homes, [ada])

    assert repository.find(ada, ["link", "pipe"]) == []


def test_a_sound_repository_has_nothing_wrong(repository, homes):
    repository.back_up(homes, volumes("ada"))

    assert repository.check(read_data=True) == []


def test_names_with_newlines_and_spaces_are_kept(repository, homes, tmp_path):
    name = "my hw\n1.ipynb"
    Path(homes / "ada" / name).write_text("kept")
    (ada,) = volumes("ada")
    repository.back_up(homes, [ada])

    (sighting,) = repository.find(ada, [name])

    assert sighting.path == name
    assert read(repository, ada, sighting, tmp_path) == b"kept"
