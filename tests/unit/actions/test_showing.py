"""Showing a version, and what is different in it today."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from courseops.actions.restores.ports import RestorePorts
from courseops.actions.restores.showing import show_difference, show_version
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.repository import MemoryRepository
from courseops.errors import RefusedError
from courseops.model.notebooks.view import Kind
from tests.support.backup import back_up, everything, restore_ports


@pytest.fixture
def ports(homes: Path, tmp_path: Path, clock: FixedClock) -> RestorePorts:
    made = restore_ports(homes, tmp_path / "staging", MemoryRepository(clock=clock))
    (homes / "ada/notes.txt").write_text("one\ntwo\n")
    back_up(made)
    return made


def texts(shown) -> list[str]:
    return [line.text for line in shown.lines]


def test_a_version_is_shown_as_it_was_then(ports, homes, clock):
    then = clock.now()
    clock.advance(timedelta(days=1))
    (homes / "ada/notes.txt").write_text("three")
    back_up(ports)
    before = everything(homes)

    assert texts(show_version(ports, "ada", "notes.txt", at=then)) == ["one", "two"]
    assert texts(show_version(ports, "ada", "notes.txt")) == ["three"]
    assert everything(homes) == before


def test_the_difference_is_todays(ports, homes):
    (homes / "ada/notes.txt").write_text("one\n2\n")

    shown = show_difference(ports, "ada", "notes.txt")

    kinds = {line.kind: line.text for line in shown.lines}
    assert (kinds[Kind.REMOVED], kinds[Kind.ADDED]) == ("- two", "+ 2")


def test_a_file_that_is_gone_has_no_difference(ports, homes):
    (homes / "ada/notes.txt").unlink()

    assert texts(show_difference(ports, "ada", "notes.txt")) == ["the file is not there any more"]


@pytest.mark.parametrize(
    ("kind", "why"), [("link", "is a link"), ("pipe", "no file"), ("folder", "no file")]
)
def test_todays_file_is_read_through_nothing_that_was_planted(ports, homes, kind, why):
    today = homes / "ada/notes.txt"
    today.unlink()
    if kind == "link":
        today.symlink_to(homes / "ada/hw1.ipynb")
    elif kind == "pipe":
        os.mkfifo(today)
    else:
        today.mkdir()

    with pytest.raises(RefusedError, match=rf"notes\.txt cannot be read: .*{why}"):
        show_difference(ports, "ada", "notes.txt")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could read it at all")
def test_todays_file_is_read_with_the_learners_own_rights(ports, homes):
    today = homes / "ada/notes.txt"
    today.unlink()
    secret = homes / "secret"
    secret.write_text("root's own")
    secret.chmod(0o600)
    os.link(secret, today)

    with pytest.raises(RefusedError, match="Permission denied"):
        show_difference(ports, "ada", "notes.txt")


@pytest.mark.parametrize(
    ("path", "hint"), [("nothing.txt", "restore find campus ada"), ("one.txt", "did you mean ps1/")]
)
def test_a_file_that_no_snapshot_holds_is_looked_for_elsewhere(ports, homes, path, hint):
    (homes / "ada/ps1/one.txt").write_text("1")
    back_up(ports)

    with pytest.raises(RefusedError) as caught:
        show_version(ports, "ada", path)
    assert hint in caught.value.hint
