"""What placing a file in a learner's home promises, whatever the learner planted there."""

import hashlib
import itertools
import os
import shutil
import stat
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from courseops.adapters.placing.homes import HomePlacer
from courseops.adapters.placing.outside import FolderPlacer
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Piece, Placed, Sighting
from courseops.ports.backup import Placer
from tests.support.backup import LEARNER

ADA = Volume(username="ada", path="ada")
CONTENT = b'{"cells": [], "nbformat": 4}'
LONG_AGO = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def original(path: str = "hw1.ipynb", **changes) -> Sighting:
    values = {
        "path": path,
        "snapshot_id": "5a",
        "taken_at": LONG_AGO,
        "modified_at": LONG_AGO,
        "size_bytes": len(CONTENT),
        "mode": 0o640,
        "uid": LEARNER,
        "gid": LEARNER,
    }
    return Sighting(**{**values, **changes})


@pytest.fixture
def placer(homes, tmp_path) -> HomePlacer:
    return HomePlacer(root=homes, staging=tmp_path / "staging")


@pytest.fixture
def outside(tmp_path) -> Path:
    """Make what no learner may ever reach: a folder and a file of the operator's."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "shadow").write_text("root's own")
    return folder


def place(placer: HomePlacer, path: str, version: Sighting | None = None) -> str:
    with placer.stage() as staged:
        os.write(staged, CONTENT)
        return placer.place(staged, ADA, path, version or original())


def assert_untouched(outside: Path) -> None:
    assert {path.name for path in outside.iterdir()} == {"shadow"}
    shadow = outside / "shadow"
    assert shadow.read_text() == "root's own"
    assert (shadow.stat().st_uid, shadow.stat().st_nlink) == (os.geteuid(), 1)


def test_a_deleted_file_gets_its_own_name_back(placer, homes):
    (homes / "ada/hw1.ipynb").unlink()

    assert place(placer, "hw1.ipynb") == "hw1.ipynb"

    placed = homes / "ada/hw1.ipynb"
    status = placed.stat()
    assert placed.read_bytes() == CONTENT
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (LEARNER, 0o640)
    assert datetime.fromtimestamp(status.st_mtime, UTC) - LONG_AGO < timedelta(microseconds=1)


def test_a_file_that_is_there_is_never_overwritten(placer, homes):
    before = (homes / "ada/hw1.ipynb").read_bytes()

    names = [place(placer, "hw1.ipynb") for _ in range(3)]

    assert names == ["hw1.restored.ipynb", "hw1.restored-1.ipynb", "hw1.restored-2.ipynb"]
    assert (homes / "ada/hw1.ipynb").read_bytes() == before
    assert all((homes / "ada" / name).read_bytes() == CONTENT for name in names)


def test_nothing_but_the_file_is_left_behind(placer, homes, tmp_path):
    place(placer, "hw1.ipynb")

    assert {path.name for path in (homes / "ada").iterdir()} == {
        "hw1.ipynb",
        "hw1.restored.ipynb",
        "ps1",
    }
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_folder_that_was_deleted_is_made_again_for_the_learner(placer, homes):
    (homes / "ada").chmod(0o700)

    assert place(placer, "week 1/deep/hw1.ipynb") == "week 1/deep/hw1.ipynb"

    folder = (homes / "ada/week 1/deep").stat()
    assert (folder.st_uid, stat.S_IMODE(folder.st_mode)) == (LEARNER, 0o700)


def test_a_link_planted_under_the_files_name_is_left_alone(placer, homes, outside):
    (homes / "ada/hw1.ipynb").unlink()
    (homes / "ada/hw1.ipynb").symlink_to(outside / "shadow")
    (homes / "ada/hw1.restored.ipynb").symlink_to(outside / "new")

    assert place(placer, "hw1.ipynb") == "hw1.restored-1.ipynb"
    assert_untouched(outside)


@pytest.mark.parametrize("planted", ["a", "a/b", "a/b/c"])
def test_a_link_planted_as_a_folder_at_any_depth_is_refused(placer, homes, outside, planted):
    link = homes / "ada" / planted
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside, target_is_directory=True)

    with pytest.raises(RefusedError, match="is a link"):
        place(placer, "a/b/c/shadow")
    with pytest.raises(RefusedError, match="is a link"):
        placer.standing(ADA, "a/b/c/shadow")
    assert_untouched(outside)


def test_a_learner_who_swaps_folder_and_link_meanwhile_gains_nothing(placer, homes, outside):
    home, spare = homes / "ada", homes / "ada/spare"
    (home / "swap").mkdir()
    os.chown(home / "swap", LEARNER, LEARNER)
    spare.symlink_to(outside, target_is_directory=True)
    stop = threading.Event()

    def swap() -> None:
        for turn in itertools.count():
            if stop.is_set():
                return
            # A step fails when the folder was just made again by who is attacked.
            for old, new in (("swap", f"aside-{turn}"), ("spare", "swap"), ("swap", "spare")):
                with suppress(OSError):
                    (home / old).rename(home / new)

    attacker = threading.Thread(target=swap)
    attacker.start()
    try:
        for _ in range(20):
            with suppress(RefusedError):
                place(placer, "swap/shadow")
    finally:
        stop.set()
        attacker.join(timeout=10)
    assert_untouched(outside)


def test_a_home_that_is_itself_a_link_is_refused(placer, homes, outside):
    (homes / "ada").rename(homes / "away")
    (homes / "ada").symlink_to(outside, target_is_directory=True)

    with pytest.raises(RefusedError, match="no home of ada"):
        place(placer, "shadow")
    assert_untouched(outside)


def test_a_hard_link_to_a_foreign_file_keeps_its_content(placer, homes, outside):
    (homes / "ada/hw1.ipynb").unlink()
    os.link(outside / "shadow", homes / "ada/hw1.ipynb")

    assert place(placer, "hw1.ipynb") == "hw1.restored.ipynb"

    assert (outside / "shadow").read_text() == "root's own"
    assert (outside / "shadow").stat().st_uid == os.geteuid()


def test_a_pipe_in_the_way_holds_nothing_up(placer, homes):
    (homes / "ada/hw1.ipynb").unlink()
    os.mkfifo(homes / "ada/hw1.ipynb")
    os.mkfifo(homes / "ada/folder")

    assert place(placer, "hw1.ipynb") == "hw1.restored.ipynb"
    with pytest.raises(RefusedError, match="no folder"):
        place(placer, "folder/hw1.ipynb")


@pytest.mark.parametrize("name", ["two\nlines.ipynb", "-rf", ".profile", "ü ✓.txt", "x" * 255])
def test_any_name_a_file_can_have_is_kept(placer, homes, name):
    assert place(placer, name) == name
    second = place(placer, name)

    assert second != name
    assert (homes / "ada" / second).read_bytes() == CONTENT


@pytest.mark.parametrize("path", ["../bob/x", "/etc/x", "a/../../x", "a//x", "", ".", "a\0b"])
def test_a_path_that_leads_out_is_refused_before_anything_is_opened(placer, path):
    with pytest.raises(RefusedError, match="not a path inside a home"):
        place(placer, path)


def test_dangerous_mode_bits_do_not_come_back(placer, homes):
    place(placer, "new", original(mode=0o6755))

    assert stat.S_IMODE((homes / "ada/new").stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")
def test_a_file_of_roots_comes_back_as_the_homes_owners(placer, homes):
    place(placer, "new", original(uid=0, gid=0))

    status = (homes / "ada/new").stat()
    assert (status.st_uid, status.st_gid) == (LEARNER, LEARNER)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")
def test_nothing_is_placed_as_root(placer, homes):
    os.chown(homes / "ada", 0, 0)

    with pytest.raises(RefusedError, match="belongs to root"):
        place(placer, "new", original(uid=0, gid=0))
    assert not (homes / "ada/new").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could write there at all")
def test_the_learners_own_rights_decide_where_root_may_write(placer, homes):
    sealed = homes / "ada/sealed"
    sealed.mkdir(mode=0o755)

    with pytest.raises(RefusedError, match="Permission denied"):
        place(placer, "sealed/hw1.ipynb")
    assert list(sealed.iterdir()) == []


def test_what_stands_there_is_told_without_following_links(placer, homes, outside):
    (homes / "ada/link").symlink_to(outside / "shadow")

    assert placer.standing(ADA, "hw1.ipynb").kind == "file"
    assert placer.standing(ADA, "link").kind == "link"
    assert placer.standing(ADA, "ps1").kind == "folder"
    assert placer.standing(ADA, "gone/hw1.ipynb") is None


def test_what_was_staged_is_measured(placer):
    with placer.stage() as staged:
        os.write(staged, CONTENT)
        whole = placer.examine(staged, "hw1.ipynb")
        os.ftruncate(staged, 10)
        torn = placer.examine(staged, "hw1.ipynb")
        plain = placer.examine(staged, "hw1.txt")

    assert whole.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (whole.size_bytes, whole.is_notebook) == (len(CONTENT), True)
    assert (torn.size_bytes, torn.is_notebook, plain.is_notebook) == (10, False, None)


def test_a_hostile_notebook_does_not_break_the_examination(placer):
    with placer.stage() as staged:
        os.write(staged, b"[" * 1_000_000)
        assert placer.examine(staged, "bomb.ipynb").is_notebook is False


def test_a_staging_folder_that_others_may_enter_is_refused(placer, tmp_path):
    (tmp_path / "staging").mkdir()
    (tmp_path / "staging").chmod(0o755)

    with pytest.raises(CourseOpsError, match="others may enter"):
        place(placer, "new")


@pytest.fixture
def source(tmp_path) -> Path:
    """Make a folder as one that a snapshot was restored to."""
    folder = tmp_path / "restored"
    (folder / "ps1/data").mkdir(parents=True)
    (folder / "ps1/hw1.ipynb").write_bytes(CONTENT)
    (folder / "ps1/data/points.csv").write_text("1,2")
    (folder / "ps1/latest").symlink_to("data/points.csv")
    os.mkfifo(folder / "ps1/pipe")
    (folder / "ps1/data").chmod(0o750)
    for path in (folder / "ps1", *folder.rglob("*")):
        os.chown(path, LEARNER, LEARNER, follow_symlinks=False)
    return folder


def place_tree(placer: Placer, source: Path, **how: bool) -> dict[str, Placed]:
    pieces = [it for it in placer.survey(source) if it.kind != "special"]
    return {it.path: it for it in placer.place_all(ADA, pieces, **how)}


def piece(path: str, staged: int, **changes) -> Piece:
    return Piece(path=path, staged=staged, modified_at=LONG_AGO, mode=0o640, **changes)


def test_what_was_restored_is_told_by_kind_and_through_no_link(placer, source):
    (source / "ps1/away").symlink_to("/etc")

    assert {it.path: (it.kind, it.target) for it in placer.survey(source)} == {
        "ps1": ("folder", ""),
        "ps1/away": ("link", "/etc"),
        "ps1/data": ("folder", ""),
        "ps1/data/points.csv": ("file", ""),
        "ps1/hw1.ipynb": ("file", ""),
        "ps1/latest": ("link", "data/points.csv"),
        "ps1/pipe": ("special", ""),
    }


def test_a_whole_folder_is_placed_with_its_links_and_modes(placer, homes, source):
    shutil.rmtree(homes / "ada/ps1")

    answers = place_tree(placer, source)

    top = homes / "ada/ps1"
    assert not any(it.problem or it.is_same for it in answers.values())
    assert (top / "latest").readlink() == Path("data/points.csv")
    assert (top / "latest").read_text() == "1,2"
    assert stat.S_IMODE((top / "data").stat().st_mode) == 0o750
    owners = {it.lstat().st_uid for it in (top, *top.rglob("*"))}
    assert owners == {LEARNER}


def test_a_folder_that_its_owner_could_not_enter_is_made_so_that_they_can(placer, homes, source):
    (source / "ps1/data").chmod(0)
    shutil.rmtree(homes / "ada/ps1")

    place_tree(placer, source)

    assert (homes / "ada/ps1/data/points.csv").read_text() == "1,2"
    assert stat.S_IMODE((homes / "ada/ps1/data").stat().st_mode) == 0o700


def test_what_is_there_already_can_be_left_alone(placer, homes, source):
    place_tree(placer, source)
    before = sorted(homes.rglob("*"))

    answers = place_tree(placer, source, keep_same=True)

    assert all(it.is_same for it in answers.values())
    assert sorted(homes.rglob("*")) == before


def test_more_files_than_one_child_takes_are_all_placed(placer, homes):
    with placer.stage() as staged:
        os.write(staged, CONTENT)
        pieces = [piece(f"many/{number}.ipynb", staged) for number in range(450)]
        answers = list(placer.place_all(ADA, pieces))

    assert [it.lies_at for it in answers] == [it.path for it in pieces]
    assert len(list((homes / "ada/many").iterdir())) == 450


def test_one_piece_that_cannot_be_placed_stops_no_other(placer, homes, outside):
    (homes / "ada/away").symlink_to(outside)
    with placer.stage() as staged:
        os.write(staged, CONTENT)
        paths = ["away/shadow", "../bob/x", "ps1/new.ipynb"]
        answers = list(placer.place_all(ADA, [piece(it, staged) for it in paths]))

    assert ["is a link" in answers[0].problem, "not a path" in answers[1].problem] == [True] * 2
    assert (answers[2].lies_at, answers[2].problem) == ("ps1/new.ipynb", "")
    assert_untouched(outside)


def place_in_place(placer: HomePlacer, path: str) -> Placed:
    with placer.stage() as staged:
        os.write(staged, CONTENT)
        (answer,) = placer.place_all(ADA, [piece(path, staged)], in_place=True)
    return answer


def test_in_place_the_current_file_is_moved_aside_and_never_deleted(placer, homes):
    before = (homes / "ada/hw1.ipynb").stat()

    first = place_in_place(placer, "hw1.ipynb")
    second = place_in_place(placer, "hw1.ipynb")

    assert (first.lies_at, first.made_way_to) == ("hw1.ipynb", "hw1.before-restore.ipynb")
    assert second.made_way_to == "hw1.before-restore-1.ipynb"
    assert (homes / "ada/hw1.before-restore.ipynb").stat().st_ino == before.st_ino
    assert (homes / "ada/hw1.ipynb").read_bytes() == CONTENT


@pytest.mark.parametrize("planted", ["link", "folder", "pipe", "hard link"])
def test_in_place_whatever_was_planted_is_moved_as_it_is(placer, homes, outside, planted):
    there = homes / "ada/hw1.ipynb"
    there.unlink()
    if planted == "link":
        there.symlink_to(outside / "shadow")
    elif planted == "folder":
        there.mkdir()
        (there / "inside").touch()
    elif planted == "pipe":
        os.mkfifo(there)
    else:
        os.link(outside / "shadow", there)
    kind = stat.S_IFMT(there.lstat().st_mode)

    answer = place_in_place(placer, "hw1.ipynb")

    aside = homes / "ada" / answer.made_way_to
    assert stat.S_IFMT(aside.lstat().st_mode) == kind
    assert there.read_bytes() == CONTENT
    assert (outside / "shadow").read_text() == "root's own"
    assert (outside / "shadow").stat().st_uid == os.geteuid()


def test_in_place_a_free_name_is_simply_taken(placer, homes):
    (homes / "ada/hw1.ipynb").unlink()

    answer = place_in_place(placer, "hw1.ipynb")

    assert (answer.lies_at, answer.made_way_to) == ("hw1.ipynb", "")


def test_a_home_is_read_as_its_learner_and_within_bounds(placer, homes, outside):
    (homes / "ada/link").symlink_to(outside / "shadow")

    assert placer.read(ADA, "hw1.ipynb", 100) == CONTENT.replace(b', "nbformat": 4', b"")
    assert placer.read(ADA, "gone/none", 100) is None
    for path, why in (("link", "is a link"), ("ps1", "no file"), ("hw1.ipynb", "too large")):
        with pytest.raises(RefusedError, match=why):
            placer.read(ADA, path, 5)


def test_a_folder_is_staged_where_nobody_looks_and_gone_afterwards(placer, tmp_path):
    with placer.stage_folder(1) as folder:
        (folder / "sealed").mkdir(mode=0)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with placer.stage_folder(1) as other:
            assert other != folder
        assert folder.is_dir()
    assert list((tmp_path / "staging").iterdir()) == []


def test_what_a_killed_restore_left_in_the_staging_folder_is_removed(placer, tmp_path):
    with placer.stage_folder(1):
        pass
    (tmp_path / "staging/staged-left").mkdir(mode=0o700)

    with placer.stage_folder(1):
        assert not (tmp_path / "staging/staged-left").exists()


def test_what_does_not_fit_on_the_disk_is_not_begun(placer):
    with pytest.raises(CourseOpsError, match="do not fit"), placer.stage_folder(1 << 60):
        pass


@pytest.fixture
def graders(homes, tmp_path) -> FolderPlacer:
    return FolderPlacer(
        folder=tmp_path / "dispute", homes=lambda: [homes / "ada"], staging=tmp_path / "staging"
    )


def test_a_folder_for_graders_is_new_and_theirs_alone(graders, source, tmp_path):
    assert graders.standing(ADA, "ps1/hw1.ipynb") is None
    assert not (tmp_path / "dispute").exists()

    place_tree(graders, source)

    top = tmp_path / "dispute"
    assert stat.S_IMODE(top.stat().st_mode) == 0o700
    assert (top / "ps1/hw1.ipynb").read_bytes() == CONTENT
    assert {it.lstat().st_uid for it in (top, *top.rglob("*"))} == {os.geteuid()}
    assert place_tree(graders, source, keep_same=True)["ps1/hw1.ipynb"].is_same


@pytest.mark.parametrize("taken", ["a file in it", "a file", "a link", "open to others"])
def test_a_folder_for_graders_that_is_there_is_refused(graders, source, tmp_path, taken):
    top = tmp_path / "dispute"
    if taken == "a file":
        top.touch()
    elif taken == "a link":
        top.symlink_to(tmp_path / "elsewhere")
    else:
        top.mkdir(mode=0o755)
    if taken == "a file in it":
        (top / "theirs").touch()
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(RefusedError):
        place_tree(graders, source)
    assert set(tmp_path.rglob("*")) - set(before) <= {tmp_path / "staging"}


def test_a_folder_for_graders_never_lies_in_a_home(homes, source, tmp_path):
    (tmp_path / "shortcut").symlink_to(homes / "ada")
    for folder in (homes / "ada/new", tmp_path / "shortcut/new"):
        placer = FolderPlacer(folder=folder, homes=lambda: [homes / "ada"], staging=tmp_path / "s")
        with pytest.raises(RefusedError, match="lies among the homes"):
            place_tree(placer, source)
    assert not (homes / "ada/new").exists()
