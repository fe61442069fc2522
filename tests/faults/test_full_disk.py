"""A disk that is full stops a backup or a restore, and takes nothing away."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.faults import KEPT, assert_heals, assert_kept, assert_said, small_disk

pytestmark = [
    pytest.mark.restic,
    pytest.mark.system,
    pytest.mark.xdist_group("full-disk"),
]

MEBIBYTE = 1 << 20


@pytest.fixture(autouse=True)
def _may_mount(require):
    """A mount needs root, and a namespace of its own where the machine sees nothing of it."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts")
    require("unshare and nsenter", shutil.which("unshare") and shutil.which("nsenter"))


def mounts() -> str:
    return Path("/proc/self/mountinfo").read_text()


def test_a_full_disk_of_the_repository_is_said_and_nothing_is_lost(site):
    before = mounts()
    with small_disk(site.repository, "48m") as within:
        assert mounts() == before
        site.within = within
        (site.homes / "bob/data.bin").write_bytes(os.urandom(64 * MEBIBYTE))

        assert_said(site.back_up(), 1, "no space is left")
        assert_kept(site)

        mend = ["mount", "-o", "remount,size=256m", str(site.repository)]
        subprocess.run([*within, *mend], check=True)
        again = site.back_up()
        assert again.code == 0, again.out + again.err
        assert site.check("--read-data").code == 0
        assert_kept(site)


def test_a_disk_with_hardly_any_room_is_left_alone(site):
    with small_disk(site.repository, "4m") as within:
        site.within = within
        assert_said(site.back_up(), 1, "MB are free where the repository .* is")
        assert_kept(site)


def test_a_full_disk_of_the_homes_keeps_a_restore_from_leaving_half_a_file(site):
    large = os.urandom(6 * MEBIBYTE)
    (site.homes / "bob/data.bin").write_bytes(large)
    assert site.back_up().code == 0
    (site.homes / "bob/data.bin").unlink()
    with small_disk(site.homes, "1m") as within:
        site.within = within

        done = site.bring_back("data.bin", user="bob")

        assert done.code == 3, done.out + done.err
        assert "No space left on device" in done.out + done.err
        assert "Traceback" not in done.err
        listed = subprocess.run(
            [*within, "ls", "-A", site.homes / "bob"], capture_output=True, check=True
        )
        assert listed.stdout.split() == [b"hw1.ipynb"]
        back = site.bring_back("kept.ipynb")
        assert back.code == 0
        shown = subprocess.run(
            [*within, "cat", site.homes / "ada/kept.ipynb"], capture_output=True, check=True
        )
        assert shown.stdout.decode() == KEPT


def test_a_full_disk_of_our_own_keeps_a_restore_from_placing_half_a_file(site):
    (site.homes / "bob/data.bin").write_bytes(os.urandom(6 * MEBIBYTE))
    assert site.back_up().code == 0
    with small_disk(site.folder / "state", "3m") as within:
        site.within = within

        done = site.bring_back("data.bin", user="bob", to="back")

        # Whichever finds the disk full first: what is read from the repository, or our record.
        assert done.code in (1, 3), done.out + done.err
        assert "No space left on device" in done.out or "disk is full" in done.err
        assert "Traceback" not in done.err
        assert not (site.homes / "bob/back/data.bin").exists()
        assert_kept(site)
    site.within = ()
    assert_heals(site)
