"""Homes are looked into without following a link that a learner has put there."""

from __future__ import annotations

from pathlib import Path

from courseops.adapters.volumes.presence import folders_there, who_has


def test_a_folder_in_the_home_or_below_the_course_counts(tmp_path: Path) -> None:
    ada, bob = tmp_path / "ada", tmp_path / "bob"
    (ada / "hw1").mkdir(parents=True)
    (bob / "py" / "hw2").mkdir(parents=True)
    (bob / "hw1").write_text("a file")
    homes = {"ada": ada, "bob": bob, "cyd": tmp_path / "nobody"}

    assert who_has(homes, ["py"], ["hw1", "hw2"]) == {
        "hw1": frozenset({"ada"}),
        "hw2": frozenset({"bob"}),
    }


def test_a_link_is_no_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "hw1").mkdir(parents=True)
    home = tmp_path / "ada"
    home.mkdir()
    (home / "hw1").symlink_to(elsewhere / "hw1")
    (home / "py").symlink_to(elsewhere)

    assert folders_there(home, ["py"], ["hw1"]) == set()
    (tmp_path / "bob").symlink_to(elsewhere)
    assert not folders_there(tmp_path / "bob", [], ["hw1"])
