"""Whatever learners keep in their homes is backed up and given back, or said to be left out."""

import os
import socket
from contextlib import chdir

import pytest

from tests.support.faults import assert_heals

pytestmark = [pytest.mark.restic, pytest.mark.xdist_group("odd-files")]

GIBIBYTE = 1 << 30
NAMES = (
    "two\nlines.txt",
    "hw[1]*?.ipynb",
    "[!a]{b,c}",
    "back\\slash",
    "-rf",
    "--help",
    " leading and trailing ",
    "ünï ✓ 😀.txt",
    "\x1b[31mred\x07",
    "$(reboot);`x`'\".txt",
    "x" * 255,
)
# What no terminal and no JSON can hold: a name in Latin-1, as old archives have them.
NOT_UTF8 = (b"caf\xe9.txt", b"\xff\xfe")


@pytest.fixture
def odd(site):
    """Give a site where ada has kept files of every name a file can have."""
    home = os.fsencode(site.homes / "ada/odd")
    (site.homes / "ada/odd").mkdir()
    for name in (*map(os.fsencode, NAMES), *NOT_UTF8):
        with open(os.path.join(home, name), "wb") as file:  # noqa: PTH118, PTH123 -- raw bytes
            file.write(b"in " + name)
    done = site.back_up()
    assert done.code == 0, done.out + done.err
    return site


def test_a_file_of_any_name_comes_back_as_it_was(odd):
    done = odd.bring_back(*(f"odd/{name}" for name in NAMES), to="back")

    assert done.code == 0, done.out + done.err
    for name in NAMES:
        assert (odd.homes / "ada/back" / name).read_bytes() == b"in " + os.fsencode(name)


def test_no_name_breaks_what_is_said_or_commands_the_terminal(odd):
    for more in ((), ("--json",)):
        said = odd.run("restore", "find", "campus", "ada", *more, PYTHONIOENCODING="utf-8:strict")
        assert (said.code, said.err) == (0, "")
        assert "\x1b" not in said.out
        assert "\x07" not in said.out
        assert "31mred" in said.out


def test_a_name_that_is_no_utf8_comes_back_when_it_is_given_byte_for_byte(odd):
    done = odd.bring_back(*(f"odd/{os.fsdecode(name)}" for name in NOT_UTF8), to="back")

    assert done.code == 0, done.out + done.err
    for name in NOT_UTF8:
        path = os.path.join(os.fsencode(odd.homes), b"ada/back", name)  # noqa: PTH118 -- raw bytes
        with open(path, "rb") as file:  # noqa: PTH123
            assert file.read() == b"in " + name


def test_such_a_name_is_found_without_our_catalogue_too(odd):
    (odd.folder / "state/courseops.sqlite").unlink()

    done = odd.bring_back(f"odd/{os.fsdecode(NOT_UTF8[0])}", to="back")

    assert done.code == 0, done.out + done.err


def test_a_folder_with_any_names_comes_back_whole(odd):
    done = odd.bring_back("odd", to="back")

    assert done.code == 0, done.out + done.err
    back = os.fsencode(odd.homes / "ada/back/odd")
    assert set(os.listdir(back)) == {  # noqa: PTH208 -- raw bytes
        *map(os.fsencode, NAMES),
        *NOT_UTF8,
    }


def test_what_is_no_file_of_data_holds_no_run_up(site):
    home = site.homes / "ada"
    (home / "link").symlink_to("/etc/hostname")
    (home / "circle").symlink_to(".")
    os.mkfifo(home / "pipe")
    with socket.socket(socket.AF_UNIX) as listener, chdir(home):
        listener.bind("listener")  # from there: the path of a socket must be short
    assert_heals(site)


def test_a_huge_file_of_nothing_is_left_out_and_its_owner_named(site):
    with (site.homes / "bob/sparse.bin").open("wb") as sparse:
        sparse.truncate(8 * GIBIBYTE)

    done = site.run("backup", "run", "campus", "--json")

    assert done.code in {0, 3}, done.out + done.err
    (hub,) = done.document["hubs"]
    bob = [it for it in hub["outcomes"] if it["subject"] == "bob"]
    assert any("sparse.bin" in str(it) for it in bob), bob
    assert sum(shard["total_bytes"] for shard in hub["shards"]) < GIBIBYTE
    (site.homes / "bob/sparse.bin").unlink()
    assert_heals(site)
