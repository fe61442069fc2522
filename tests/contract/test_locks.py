"""What every kind of lock promises, in memory and between real processes."""

import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest
from structlog.testing import capture_logs

from courseops.adapters.locks import FileLocks, SeveralLocks
from courseops.adapters.memory.ambient import MemoryLocks
from courseops.adapters.store import open_store
from courseops.errors import CourseOpsError, LockedError

FILES = """
from pathlib import Path
from courseops.adapters.locks import FileLocks
locks = FileLocks(Path(sys.argv[1]))
"""
SERVER = """
from courseops.adapters.store import open_store
locks = open_store(sys.argv[1]).locks
"""
HOLDER = """
with locks.hold("course/py"):
    print("held", flush=True)
    time.sleep(60)
"""
GIVE_UP_SECONDS = 60


@pytest.fixture
def shared(postgres):
    with open_store(postgres.new_database()) as store:
        yield store


SHARED = pytest.param("server", marks=pytest.mark.postgres)
BOTH = pytest.param("both", marks=pytest.mark.postgres)


@pytest.fixture(params=["memory", "files", SHARED, BOTH])
def locks(request, tmp_path):
    if request.param == "memory":
        return MemoryLocks()
    files = FileLocks(tmp_path / "locks")
    if request.param == "files":
        return files
    server = request.getfixturevalue("shared").locks
    return server if request.param == "server" else SeveralLocks(files, server)


def test_one_holder_at_a_time_and_free_again_afterwards(locks):
    refused = pytest.raises(LockedError, match="course/py")
    with locks.hold("course/py"), refused, locks.hold("course/py"):
        pass
    with locks.hold("course/py"):
        pass


def test_other_names_are_other_locks(locks):
    with locks.hold("course/py"), locks.hold("course/bio"):
        pass


def test_a_lock_can_be_had_any_number_of_times(locks):
    for _ in range(40):
        with locks.hold("course/py"), locks.hold("hub/caf\udce9 \N{SNOWMAN}"):
            pass


def test_an_error_lets_go(locks):
    with pytest.raises(ZeroDivisionError), locks.hold("course/py"):
        raise ZeroDivisionError
    with locks.hold("course/py"):
        pass


@contextmanager
def held_by_another(kind: str, where: str):
    args = [sys.executable, "-c", f"import sys, time{kind}{HOLDER}", where]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            yield holder.pid
        finally:
            os.kill(holder.pid, signal.SIGKILL)


def test_a_killed_holder_lets_go_at_once(tmp_path):
    with held_by_another(FILES, str(tmp_path)) as pid, refused(f"process {pid}"):
        hold(FileLocks(tmp_path))
    hold(FileLocks(tmp_path))


@pytest.mark.postgres
def test_a_holder_on_any_machine_is_named_and_lets_go_when_killed(postgres):
    url = postgres.new_database()
    with open_store(url) as store:
        whose = f"process {{}} on {os.uname().nodename}"
        with held_by_another(SERVER, url) as pid, refused(whose.format(pid)):
            hold(store.locks)
        # The server has to see first that nobody is there any more.
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < give_up:
            with suppress(LockedError):
                hold(store.locks)
                return
        pytest.fail("the lock of a dead process was held on")


@pytest.mark.postgres
def test_one_database_knows_nothing_of_the_locks_of_another(postgres, shared):
    with open_store(postgres.new_database()) as other, shared.locks.hold("course/py"):
        hold(other.locks)


@pytest.mark.postgres
def test_nobody_inherits_the_session_of_a_lock(shared):
    hold(shared.locks)
    with shared.runs._database.reading() as connection:
        assert connection.exec_driver_sql("SHOW application_name").scalar_one() == ""


@pytest.mark.postgres
def test_what_was_done_under_a_lock_that_the_server_lost_is_still_done(postgres):
    url = postgres.new_database()
    with open_store(url) as store, capture_logs() as said, store.locks.hold("course/py"):
        postgres.end_sessions_of(url)
    (lost,) = said
    assert (lost["event"], lost["lock"]) == ("lock was lost before its time", "course/py")
    assert "did not answer" in lost["error"]


@pytest.mark.postgres
def test_on_one_machine_a_lock_outlives_the_server_that_lost_it(postgres, tmp_path):
    url = postgres.new_database()
    with open_store(url) as store:
        locks = SeveralLocks(FileLocks(tmp_path), store.locks)
        with locks.hold("course/py"):
            postgres.end_sessions_of(url)
            hold(store.locks)
            with refused(f"process {os.getpid()}"):
                hold(locks)


def test_a_file_of_ours_is_locked_by_the_kernel_alone(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/courseops.db") as store:
        assert store.locks is None


def test_a_lock_that_one_kind_refuses_is_held_of_none(tmp_path):
    ours, theirs = MemoryLocks(), MemoryLocks()
    with theirs.hold("course/py"), refused("course/py"):
        hold(SeveralLocks(ours, theirs))
    hold(ours)


def hold(locks) -> None:
    with locks.hold("course/py"):
        pass


def refused(why: str):
    return pytest.raises(LockedError, match=why)


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
