"""What every kind of lock promises, in memory and between real processes."""

import os
import signal
import stat
import subprocess
import sys

import pytest

from courseops.adapters.locks import FileLocks
from courseops.adapters.memory.ambient import MemoryLocks
from courseops.errors import CourseOpsError, LockedError

HOLDER = """
import sys, time
from pathlib import Path
from courseops.adapters.locks import FileLocks
with FileLocks(Path(sys.argv[1])).hold("course/py"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=["memory", "files"])
def locks(request, tmp_path):
    return MemoryLocks() if request.param == "memory" else FileLocks(tmp_path / "locks")


def test_one_holder_at_a_time_and_free_again_afterwards(locks):
    refused = pytest.raises(LockedError, match="course/py")
    with locks.hold("course/py"), refused, locks.hold("course/py"):
        pass
    with locks.hold("course/py"):
        pass


def test_other_names_are_other_locks(locks):
    with locks.hold("course/py"), locks.hold("course/bio"):
        pass


def test_an_error_lets_go(locks):
    with pytest.raises(ZeroDivisionError), locks.hold("course/py"):
        raise ZeroDivisionError
    with locks.hold("course/py"):
        pass


def test_a_killed_holder_lets_go_at_once(tmp_path):
    args = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(LockedError, match=f"process {holder.pid}"),
            FileLocks(tmp_path).hold("course/py"),
        ):
            pass
        os.kill(holder.pid, signal.SIGKILL)
    with FileLocks(tmp_path).hold("course/py"):
        pass


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_whatever_the_umask_the_folder_is_its_owners_alone(tmp_path, umask):
    before = os.umask(umask)
    try:
        with FileLocks(tmp_path / "state" / "locks").hold("course/py"):
            pass
    finally:
        os.umask(before)
    folders = tmp_path / "state", tmp_path / "state" / "locks"
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700, 0o700]


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "state").write_text("a file")
    with (
        pytest.raises(CourseOpsError, match="state folder"),
        FileLocks(tmp_path / "state").hold("course/py"),
    ):
        pass


def test_a_disk_that_is_full_does_not_keep_anybody_out(tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with FileLocks(tmp_path).hold("course/py"):
        pass
