"""Homes as they are now: looked at through no link, and never without an end."""

import os
import socket
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from courseops.adapters.live.homes import LiveHomes
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Sighting
from tests.support.backup import make_home

HOMES = LiveHomes()
ADA = Volume(username="ada", path="ada/_data")


@pytest.fixture
def root(tmp_path):
    make_home(tmp_path, "ada/_data", {"hw1.ipynb": "{}", "ps1/large.bin": "x" * 100})
    make_home(tmp_path, "bob", {"large.bin": "x" * 1000})
    return tmp_path


def look(root, **changes):
    settings = {"largest_bytes": 99, "exclude": ()}
    return HOMES.look(root, [ADA], **{**settings, **changes}).get("ada")


def test_files_are_counted_and_those_too_large_are_named(root):
    found = look(root)

    assert found.files == 1
    assert [(it.path, it.size_bytes) for it in found.too_large] == [("ps1/large.bin", 100)]
    assert look(root, largest_bytes=100).too_large == ()


def test_a_home_is_as_large_as_all_in_it_that_a_backup_does_not_exclude(root):
    assert look(root).size_bytes >= 102
    assert look(root, largest_bytes=100).size_bytes == 102
    assert look(root, exclude=["ps1"]).size_bytes == 2


def test_a_file_of_holes_takes_no_more_room_than_it_has(root):
    with (root / "ada/_data/holes").open("wb") as file:
        file.truncate(10**12)

    found = look(root, largest_bytes=10**6)
    assert [it.size_bytes for it in found.too_large] == [10**12]
    assert found.size_bytes < 10**6


def test_what_is_left_out_anyway_is_not_named(root):
    assert look(root, exclude=["ps1"]).too_large == ()
    (root / "ada/_data/ps1/CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55")
    assert look(root).too_large == ()


def test_no_link_is_followed_and_nothing_else_is_waited_for(root):
    home = root / "ada" / "_data"
    (home / "folder").symlink_to(root / "bob")
    (home / "file").symlink_to(root / "bob" / "large.bin")
    os.mkfifo(home / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home / "s"))
        found = look(root)

    assert found.files == 1
    assert [it.path for it in found.too_large] == ["ps1/large.bin"]


def test_a_home_that_is_a_link_or_not_there_is_not_looked_at(root):
    (root / "eve").symlink_to(root / "bob")
    volumes = [Volume(username=name, path=name) for name in ("eve", "gone")]

    assert HOMES.look(root, volumes, largest_bytes=1, exclude=()) == {}


def test_a_home_of_too_many_files_is_not_counted_to_its_end(root, monkeypatch):
    monkeypatch.setattr("courseops.adapters.live.homes._MOST_ENTRIES", 3)
    assert look(root) is not None
    (root / "ada" / "_data" / "one more").touch()

    assert look(root) is None


def sighting_of(path, name):
    status = path.stat()
    return Sighting(
        path=name,
        snapshot_id="5a",
        taken_at=datetime.now(UTC),
        modified_at=datetime.fromtimestamp(status.st_mtime_ns // 1000 / 1e6, UTC),
        size_bytes=status.st_size,
        mode=0o644,
        uid=0,
        gid=0,
    )


@pytest.fixture
def copy(tmp_path):
    with (tmp_path / "copy").open("w+b") as file:
        file.write(b"x" * 100)
        file.flush()
        yield file.fileno()


def test_what_came_back_is_compared_with_what_is_there(root, copy):
    file = root / "ada" / "_data" / "ps1" / "large.bin"
    sighting = sighting_of(file, "ps1/large.bin")

    assert HOMES.compare(root, ADA, sighting, copy) is True
    os.pwrite(copy, b"y", 99)
    assert HOMES.compare(root, ADA, sighting, copy) is False


def test_what_has_changed_since_is_compared_with_nothing(root, copy):
    file = root / "ada" / "_data" / "ps1" / "large.bin"
    sighting = sighting_of(file, "ps1/large.bin")

    assert HOMES.compare(root, ADA, replace(sighting, size_bytes=99), copy) is None
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1000))
    assert HOMES.compare(root, ADA, sighting, copy) is None
    file.unlink()
    assert HOMES.compare(root, ADA, sighting, copy) is None


def test_a_link_in_the_place_of_a_file_or_a_folder_is_compared_with_nothing(root, copy):
    home = root / "ada" / "_data"
    sighting = sighting_of(home / "ps1" / "large.bin", "ps1/large.bin")
    (home / "ps1").rename(root / "elsewhere")
    (home / "ps1").symlink_to(root / "elsewhere")
    assert HOMES.compare(root, ADA, sighting, copy) is None
    (home / "ps1").unlink()
    (home / "ps1").mkdir()
    (home / "ps1" / "large.bin").symlink_to(root / "elsewhere" / "large.bin")

    assert HOMES.compare(root, ADA, sighting, copy) is None


def test_a_copy_is_opened_only_if_it_is_a_plain_file(root):
    restored = str(root / "ada" / "_data")
    with HOMES.open_copy(restored, "ps1/large.bin") as copy:
        assert os.pread(copy, 200, 0) == b"x" * 100
    (root / "ada" / "_data" / "link").symlink_to("hw1.ipynb")

    for path in ("link", "ps1", "gone", "gone/gone"):
        with pytest.raises(CourseOpsError), HOMES.open_copy(restored, path):
            pass
