"""What pushing files into homes promises, whatever the learners planted there."""

import os
import stat

import pytest

from courseops.adapters.placing.pushing import HomePusher
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.assignments.push import PushedFile
from courseops.model.backups.backup import Volume
from tests.support.backup import LEARNER, make_home, volumes

FILES = (
    PushedFile(path="hw1.ipynb", content=b'{"cells": []}'),
    PushedFile(path="numbers/a.csv", content=b"1,2\n" * 50_000),
    PushedFile(path="numbers/empty.txt", content=b""),
)
PATHS = tuple(file.path for file in FILES)
FOLDER = "python101/hw1"


@pytest.fixture
def pusher(homes, tmp_path):
    return HomePusher(root=homes, staging=tmp_path / "staging")


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "shadow").write_text("root's own")
    return folder


def push(pusher, *usernames, **options):
    return list(pusher.push(FILES, FOLDER, volumes(*usernames), **options))


def everything(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_each_learner_gets_every_file_as_their_own(pusher, homes):
    (homes / "ada").chmod(0o700)

    done = push(pusher, "ada", "bob")

    assert [(it.username, it.placed, it.problem) for it in done] == [
        ("ada", PATHS, ""),
        ("bob", PATHS, ""),
    ]
    for file in FILES:
        placed = homes / "ada" / FOLDER / file.path
        assert placed.read_bytes() == file.content
        assert (placed.stat().st_uid, stat.S_IMODE(placed.stat().st_mode)) == (LEARNER, 0o644)
    folder = (homes / "ada" / FOLDER / "numbers").stat()
    assert (folder.st_uid, stat.S_IMODE(folder.st_mode)) == (LEARNER, 0o700)


def test_a_second_push_changes_nothing(pusher, homes, tmp_path):
    push(pusher, "ada")
    before = everything(homes)

    (again,) = push(pusher, "ada")

    assert (again.placed, again.same, again.differ) == ((), PATHS, ())
    assert everything(homes) == before
    assert list((tmp_path / "staging").iterdir()) == []


def test_work_is_never_overwritten_and_what_is_missing_comes_back(pusher, homes):
    push(pusher, "ada")
    work = homes / "ada" / FOLDER / "hw1.ipynb"
    work.write_text("my work")
    (homes / "ada" / FOLDER / "numbers/empty.txt").unlink()

    (again,) = push(pusher, "ada")

    assert again.placed == ("numbers/empty.txt",)
    assert again.differ == ("hw1.ipynb",)
    assert work.read_text() == "my work"


def test_a_dry_run_says_the_same_and_writes_nothing(pusher, homes):
    push(pusher, "ada")
    (homes / "ada" / FOLDER / "hw1.ipynb").write_text("my work")
    (homes / "ada" / FOLDER / "numbers/empty.txt").unlink()
    before = everything(homes)

    ada, bob = push(pusher, "ada", "bob", dry_run=True)

    assert (ada.placed, ada.differ) == (PATHS[2:], ("hw1.ipynb",))
    assert bob.placed == PATHS
    assert everything(homes) == before


def test_who_has_no_home_stops_nobody(pusher, homes):
    nobody, ada = push(pusher, "zoe", "ada")

    assert (nobody.kind, ada.placed) == ("no-home", PATHS)
    assert not (homes / "zoe").exists()


@pytest.mark.parametrize("planted", ["python101", "python101/hw1", "python101/hw1/numbers"])
def test_a_link_planted_as_a_folder_is_not_followed(pusher, homes, outside, planted):
    link = homes / "ada" / planted
    link.parent.mkdir(parents=True, exist_ok=True)
    for folder in (homes / "ada/python101", homes / "ada/python101/hw1"):
        if folder.exists() and os.geteuid() == 0:
            os.chown(folder, LEARNER, LEARNER)
    link.symlink_to(outside, target_is_directory=True)

    ada, bob = push(pusher, "ada", "bob")

    assert ada.kind == "link"
    assert ada.problem
    assert bob.placed == PATHS
    assert everything(outside) == {"shadow": b"root's own"}


def test_a_home_that_is_itself_a_link_is_refused(pusher, homes, outside):
    (homes / "ada").rename(homes / "away")
    (homes / "ada").symlink_to(outside, target_is_directory=True)

    (ada,) = push(pusher, "ada")

    assert (ada.kind, ada.placed) == ("link", ())
    assert everything(outside) == {"shadow": b"root's own"}


def test_links_pipes_and_folders_in_the_way_are_left_alone(pusher, homes, outside):
    folder = homes / "ada" / FOLDER
    (folder / "numbers").mkdir(parents=True)
    (folder / "hw1.ipynb").symlink_to(outside / "shadow")
    os.mkfifo(folder / "numbers/a.csv")
    (folder / "numbers/empty.txt").mkdir()

    (ada,) = push(pusher, "ada")

    assert ada.differ == PATHS
    assert (folder / "hw1.ipynb").is_symlink()
    assert everything(outside) == {"shadow": b"root's own"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_nothing_is_written_that_the_learner_could_not_write(pusher, homes):
    closed = homes / "ada" / "python101"
    closed.mkdir(mode=0o755)

    (ada,) = push(pusher, "ada")

    assert (ada.kind, list(closed.iterdir())) == ("error", [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can own another's home")
def test_a_home_of_roots_is_refused(pusher, homes):
    os.chown(homes / "ada", 0, 0)

    (ada,) = push(pusher, "ada")

    assert (ada.kind, ada.placed) == ("error", ())
    assert not (homes / "ada" / "python101").exists()


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", ""])
def test_a_path_that_leads_out_is_refused_before_anything_is_opened(pusher, homes, path):
    before = everything(homes)

    with pytest.raises(RefusedError, match="not a path inside a home"):
        list(pusher.push([PushedFile(path=path, content=b"")], FOLDER, volumes("ada")))

    assert everything(homes) == before


def test_more_homes_than_one_batch_all_get_theirs_in_order(pusher, homes):
    names = [f"u{number:02}" for number in range(60)]
    for name in names:
        make_home(homes, name, {})

    done = push(pusher, *names)

    assert [it.username for it in done] == names
    assert all(it.placed == PATHS for it in done)


def test_homes_that_are_not_there_at_all_are_an_error(tmp_path):
    pusher = HomePusher(root=tmp_path / "none", staging=tmp_path / "staging")

    with pytest.raises(CourseOpsError, match="folder of all homes"):
        push(pusher, "ada")


def test_it_is_told_who_holds_a_folder_without_following_links(pusher, homes, outside):
    ada, zoe = Volume(username="ada", path="ada"), Volume(username="zoe", path="zoe")
    assert pusher.holds(ada, [FOLDER, "hw1"]) == ""
    assert pusher.holds(zoe, [FOLDER, "hw1"]) == ""
    (homes / "ada/hw1").symlink_to(outside)
    assert pusher.holds(ada, [FOLDER, "hw1"]) == "hw1"
    (homes / "ada/python101").symlink_to(outside)
    assert pusher.holds(ada, [FOLDER]) == FOLDER
    (homes / "ada/python101").unlink()
    push(pusher, "ada")
    assert pusher.holds(ada, [FOLDER]) == FOLDER
