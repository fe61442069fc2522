"""What every backup repository promises, asked of each one we have."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import BackupOrder
from tests.support.backup import LEARNER, make_home, volumes


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
    made = [repository.back_up(homes, volumes("ada")).snapshot_id]
    (homes / "ada/hw1.ipynb").write_text("changed")
    made.append(repository.back_up(homes, volumes("ada")).snapshot_id)

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
    (homes / "ada/hw1.ipynb").write_text("spoiled")
    repository.back_up(homes, [ada])

    sightings = repository.find(ada, ["hw1.ipynb"])

    then, now = sorted(sightings, key=lambda it: it.taken_at)
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


def order(*tags: str, **changes: object) -> BackupOrder:
    return BackupOrder(tags=tags or ("shard-00",), **changes)


def test_each_kind_of_snapshot_is_found_by_its_tags_and_its_files_with_all_others(
    repository, homes
):
    (ada,) = volumes("ada")
    kinds = [("shard-07",), ("deadline:python101/hw1",), ("state",)]
    made = [repository.back_up(homes, [ada], order(*tags)).snapshot_id for tags in kinds]

    found = repository.snapshots()

    assert [it.id for it in found] == made[::-1]
    assert [set(it.tags) - {"auto"} for it in found] == [set(tags) for tags in kinds[::-1]]
    assert [it.shard for it in found] == ["", "", "shard-07"]
    assert {it.snapshot_id for it in repository.find(ada, ["hw1.ipynb"])} == set(made)


def test_a_run_that_finds_nothing_new_says_so_and_names_a_snapshot_that_is_there(repository, homes):
    first = repository.back_up(homes, volumes("ada", "bob"))

    second = repository.back_up(homes, volumes("ada", "bob"))
    third = repository.back_up(homes, volumes("ada", "bob"), order(parent=second.snapshot_id))

    assert not first.is_unchanged
    for again in (second, third):
        assert again.is_unchanged
        assert again.snapshot_id in {it.id for it in repository.snapshots()}
        assert repository.holds(again.snapshot_id, ["ada", "bob"]) == {"ada", "bob"}
        assert (again.files_new, again.files_changed, again.files_unmodified) == (0, 0, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda home: (home / "hw1.ipynb").write_text("changed"),
        lambda home: (home / "new.txt").write_text("new"),
        lambda home: (home / "ps1/notes.txt").unlink(),
        lambda home: os.utime(home / "hw1.ipynb", (1, 1)),
        lambda home: (home / "hw1.ipynb").chmod(0o600),
    ],
    ids=["content", "new", "gone", "time", "mode"],
)
def test_whatever_changes_makes_a_run_a_changed_one(repository, homes, change):
    repository.back_up(homes, volumes("ada"))
    change(homes / "ada")

    assert not repository.back_up(homes, volumes("ada")).is_unchanged


def test_a_run_is_compared_with_the_parent_that_it_is_given(repository, homes):
    first = repository.back_up(homes, volumes("ada"))
    (homes / "ada/hw1.ipynb").write_text("changed")
    repository.back_up(homes, volumes("ada"))

    summary = repository.back_up(homes, volumes("ada"), order(parent=first.snapshot_id))

    assert (summary.files_changed, summary.is_unchanged) == (1, False)


def test_a_parent_of_another_kind_saves_reading_all_again(repository, homes):
    shard = repository.back_up(homes, volumes("ada"))

    summary = repository.back_up(
        homes, volumes("ada"), order("deadline:python101/hw1", parent=shard.snapshot_id)
    )

    assert (summary.files_new, summary.files_unmodified) == (0, 2)


def test_a_parent_that_was_forgotten_meanwhile_does_not_stop_a_run(repository, homes):
    made = repository.back_up(homes, volumes("ada"), order(parent="5a" * 32))

    assert [it.id for it in repository.snapshots()] == [made.snapshot_id]


def test_what_is_too_large_or_excluded_is_left_out(repository, homes):
    make_home(homes, "eve", {"big.bin": "x" * 2000, "hw1.ipynb": "y" * 1000, ".cache/deep/a": "z"})
    make_home(homes / "eve", ".ipython/profile_x", {"history.sqlite": "h", "startup.py": "s"})
    chosen = order(largest_bytes=1500, exclude=(".cache", ".ipython/profile_*/history.sqlite*"))

    made = repository.back_up(homes, volumes("eve"), chosen)

    assert {it.path for it in repository.files(made.snapshot_id)} == {
        "eve/hw1.ipynb",
        "eve/.ipython/profile_x/startup.py",
    }


def test_the_files_of_a_snapshot_are_listed_with_all_that_a_version_needs(repository, homes):
    made = repository.back_up(homes, volumes("ada", "bob", "[x]*?"))
    (homes / "ada/link").symlink_to("hw1.ipynb")
    (snapshot,) = repository.snapshots()

    files = {it.path: it for it in repository.files(made.snapshot_id)}

    assert files.keys() == {
        "ada/hw1.ipynb",
        "ada/ps1/notes.txt",
        "bob/hw1.ipynb",
        "[x]*?/hw1.ipynb",
    }
    notebook = files["ada/hw1.ipynb"]
    assert (notebook.size_bytes, notebook.mode, notebook.uid) == (13, 0o644, LEARNER)
    assert (notebook.snapshot_id, notebook.taken_at) == (snapshot.id, snapshot.taken_at)
    (found,) = repository.find(volumes("ada")[0], ["hw1.ipynb"])
    assert found == replace(notebook, path="hw1.ipynb")


def test_only_the_folders_that_are_asked_for_are_listed(repository, homes):
    make_home(homes, "adam", {"hw1.ipynb": "a pattern or a beginning would find it"})
    made = repository.back_up(homes, volumes("ada", "adam", "bob", "[x]*?"))

    def below(*folders: str) -> set[str]:
        return {it.path for it in repository.files(made.snapshot_id, folders)}

    assert below("ada", "[x]*?") == {"ada/hw1.ipynb", "ada/ps1/notes.txt", "[x]*?/hw1.ipynb"}
    assert below("ada/ps1") == {"ada/ps1/notes.txt"}
    assert below("eve") == set()
    assert below("bob", *(f"learner{number}" for number in range(300))) == {"bob/hw1.ipynb"}


def test_what_two_snapshots_do_not_hold_alike_is_named(repository, homes):
    make_home(homes, "eve", {"old/a.txt": "a", "kept.txt": "k", "turns": "into a folder"})
    everybody = volumes("ada", "eve")
    first = repository.back_up(homes, everybody)
    (homes / "ada/hw1.ipynb").write_text("changed")
    os.utime(homes / "eve/kept.txt", (1, 1))
    shutil.rmtree(homes / "eve/old")
    (homes / "eve/turns").unlink()
    make_home(homes, "eve/turns", {"b.txt": "b"})
    (homes / "eve/line\u2028and\x85next").write_text("c")
    second = repository.back_up(homes, everybody)

    changed = set(repository.changes(first.snapshot_id, second.snapshot_id))

    # Of a file that became a folder, restic does not say what lies in it.
    assert changed - {"eve/turns/b.txt"} == {
        "ada/hw1.ipynb",
        "eve/kept.txt",
        "eve/old/a.txt",
        "eve/turns",
        "eve/line\u2028and\x85next",
    }
    assert list(repository.changes(second.snapshot_id, second.snapshot_id)) == []


def test_what_a_snapshot_that_is_not_there_holds_is_an_error_at_once(repository, homes):
    made = repository.back_up(homes, volumes("ada"))

    with pytest.raises(CourseOpsError, match="not have this snapshot"):
        list(repository.files("5a" * 32))
    with pytest.raises(CourseOpsError, match="not have this snapshot"):
        list(repository.changes("5a" * 32, made.snapshot_id))


def test_a_sound_repository_has_nothing_wrong_in_any_part(repository, homes):
    repository.back_up(homes, volumes("ada"))

    assert repository.check(part=(2, 3)) == []


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(it.relative_to(folder)): it.read_bytes() for it in folder.rglob("*") if it.is_file()
    }


def test_folders_are_looked_into_in_one_go_each_in_its_own_snapshot(repository, homes):
    repository.back_up(homes, volumes("ada", "bob", "[x]*?"))
    (homes / "bob/hw1.ipynb").write_text("later, and longer")
    make_home(homes, "ada/ps1/deep/er", {"more.txt": "one"})
    repository.back_up(homes, volumes("ada", "bob", "[x]*?"))
    later, earlier = repository.snapshots()

    found = repository.files_below({earlier: ["ada/ps1", "bob", "eve"], later: ["[x]*?", "ada"]})

    assert {key: {it.path for it in files} for key, files in found.items()} == {
        (earlier.id, "ada/ps1"): {"notes.txt"},
        (earlier.id, "bob"): {"hw1.ipynb"},
        (later.id, "[x]*?"): {"hw1.ipynb"},
        (later.id, "ada"): {"hw1.ipynb", "ps1/notes.txt", "ps1/deep/er/more.txt"},
    }
    (bobs,) = found[earlier.id, "bob"]
    assert (bobs.size_bytes, bobs.uid, bobs.snapshot_id) == (14, LEARNER, earlier.id)
    assert repository.files_below({}) == {}


def test_of_many_homes_only_those_that_were_asked_for_are_given(repository, tmp_path):
    names = [f"learner{number}" for number in range(30)]
    for name in names:
        make_home(tmp_path / "many", f"shard/{name}", {"hw1/a.txt": name, "hw10/a.txt": "other"})
    repository.back_up(tmp_path / "many", volumes(*(f"shard/{name}" for name in names)))
    (made,) = repository.snapshots()

    found = repository.files_below({made: [f"shard/{name}/hw1" for name in names[1:]]})

    assert {folder for _, folder in found} == {f"shard/{name}/hw1" for name in names[1:]}


def test_files_are_restored_below_a_folder_and_no_others(repository, homes, tmp_path):
    odd = ["[x]*?/hw1.ipynb", "ada/ps1/$HOME !a?[b] \\ é.txt", "ada/-x"]
    make_home(homes, "x", {"hw1.ipynb": "a pattern would find it"})
    make_home(homes, "[x]ab", {"hw1.ipynb": "and it"})
    for path in odd[1:]:
        (homes / path).write_text("odd")
    (homes / "ada/ps1").chmod(0o500)
    everybody = volumes("ada", "bob", "[x]*?", "x", "[x]ab")
    repository.back_up(homes, everybody)
    (made,) = repository.snapshots()
    (tmp_path / "staging").mkdir()

    repository.restore(made.id, odd, tmp_path / "staging")

    assert contents(tmp_path / "staging") == {it: (homes / it).read_bytes() for it in odd}
