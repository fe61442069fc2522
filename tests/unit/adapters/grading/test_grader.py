"""What is read of a learner's folder: files of its own, and nothing through a link."""

from __future__ import annotations

import os
from pathlib import Path

from courseops.adapters.grading.grader import read_folder


def test_links_and_pipes_are_named_and_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "tests.ipynb").write_bytes(b"secret")
    folder = tmp_path / "work"
    (folder / "sub").mkdir(parents=True)
    (folder / "p1.ipynb").write_bytes(b"{}")
    (folder / "sub" / "own.txt").write_bytes(b"own")
    (folder / "sub" / "link").symlink_to(secret / "tests.ipynb")
    (folder / "folder").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    files, others = read_folder(folder)
    assert files == {"p1.ipynb": b"{}", "sub/own.txt": b"own"}
    assert sorted(others) == ["folder", "pipe", "sub/link"]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "nowhere") == ({}, [])
