"""Mended notebooks count for the very bytes that were mended, and for no others."""

from __future__ import annotations

from pathlib import Path

from courseops.adapters.nbgrader.mended import MendedWork

HANDED_IN = {"hw1 (1)": b"alice's", "notes": b"more"}
MENDED = {"hw1": b"alice's, mended", "notes": b"more"}


def test_what_was_mended_is_graded(tmp_path: Path) -> None:
    work = MendedWork(tmp_path)
    work.keep("ps1", "alice", HANDED_IN, MENDED)

    assert work.over("ps1", "alice", HANDED_IN) == MENDED
    assert work.over("ps1", "bob", HANDED_IN) == HANDED_IN
    assert work.over("ps2", "alice", HANDED_IN) == HANDED_IN


def test_new_work_is_graded_as_it_was_handed_in(tmp_path: Path) -> None:
    work = MendedWork(tmp_path)
    work.keep("ps1", "alice", HANDED_IN, MENDED)
    new = {"hw1": b"alice's second try"}

    assert work.over("ps1", "alice", new) == new


def test_mending_again_replaces_what_was_mended(tmp_path: Path) -> None:
    work = MendedWork(tmp_path)
    work.keep("ps1", "alice", HANDED_IN, MENDED)
    work.keep("ps1", "alice", HANDED_IN, {"hw1": b"better"})

    assert work.over("ps1", "alice", HANDED_IN) == {"hw1": b"better"}
