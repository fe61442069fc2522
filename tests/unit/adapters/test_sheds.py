"""Old files go from our folders; what a living process needs stays, however old it looks."""

import fcntl
import os
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.folders import OwnFolder
from courseops.adapters.locks import FileLocks
from courseops.adapters.sheds import StateFolders
from courseops.errors import LockedError

NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=30)
OLD = (BEFORE - timedelta(days=1)).timestamp()


@pytest.fixture
def locks(tmp_path):
    return FileLocks(tmp_path / "locks")


@pytest.fixture
def sheds(tmp_path):
    return StateFolders(tmp_path)


def write(path, *, old=True):
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text("x" * 100_000)
    if old:
        os.utime(path, (OLD, OLD))
    return path


def left(folder):
    return sorted(it.name for it in folder.iterdir())


def test_old_logs_and_reports_go_and_nothing_else_that_lies_there(tmp_path, sheds):
    for name in ("run1.jsonl", "run2.jsonl", "readme.txt"):
        write(tmp_path / "logs" / name)
    write(tmp_path / "logs/run3.jsonl", old=False)
    write(tmp_path / "reports/usage-campus-2026-03-02.html")
    write(tmp_path / "reports/kept-by-hand.html")

    assert sheds.clear_logs(BEFORE) == "2 files removed, 0.2 MB"
    assert sheds.clear_reports(BEFORE) == "1 files removed, 0.1 MB"
    assert left(tmp_path / "logs") == ["readme.txt", "run3.jsonl"]
    assert left(tmp_path / "reports") == ["kept-by-hand.html"]


def test_folders_that_are_not_there_have_nothing_to_be_cleared(sheds):
    assert sheds.clear_logs(BEFORE) == "0 files removed, 0.0 MB"
    assert sheds.clear_staging(BEFORE) == "0 folders removed"
    assert sheds.clear_locks(BEFORE) == "0 files removed"


def test_what_a_killed_process_staged_goes_and_what_is_held_stays(tmp_path, sheds):
    held = OwnFolder(tmp_path / "staging", "staged-")
    dead = tmp_path / "staging/staged-dead"
    (dead / "inner").mkdir(parents=True)
    (dead / "inner/work.ipynb").write_text("{}")
    (tmp_path / "staging/staged-young").mkdir()
    for path in (held.path, dead):
        os.utime(path, (OLD, OLD))

    assert sheds.clear_staging(BEFORE) == "1 folders removed"
    assert left(tmp_path / "staging") == sorted([held.path.name, "staged-young"])


def test_a_lock_that_nobody_held_for_long_leaves_no_file(tmp_path, locks, sheds):
    with locks.hold("course/old"), locks.hold("course/young"):
        pass
    os.utime(tmp_path / "locks/course-old.lock", (OLD, OLD))

    assert sheds.clear_locks(BEFORE) == "1 files removed"
    assert left(tmp_path / "locks") == ["course-young.lock"]


def test_a_lock_that_is_held_keeps_its_file(tmp_path, locks, sheds):
    with locks.hold("daemon"):
        os.utime(tmp_path / "locks/daemon.lock", (OLD, OLD))

        assert sheds.clear_locks(BEFORE) == "0 files removed"
        with pytest.raises(LockedError), locks.hold("daemon"):
            pass


def test_two_never_hold_a_lock_whose_file_was_removed_in_between(tmp_path, locks):
    """Whoever opened the file before it was removed must not lock what nobody else can see."""
    path = tmp_path / "locks/site.lock"
    with locks.hold("site"):
        pass
    opened, go_on = threading.Event(), threading.Event()
    entered = []

    class Slow(FileLocks):
        def _opened(self, path):
            descriptor = super()._opened(path)
            if not opened.is_set():
                opened.set()
                go_on.wait()
            return descriptor

    def late():
        try:
            with Slow(tmp_path / "locks").hold("site"):
                entered.append("late")
        except LockedError:
            entered.append("refused")

    thread = threading.Thread(target=late)
    thread.start()
    opened.wait()
    path.unlink()
    with locks.hold("site"):
        go_on.set()
        thread.join()

    assert entered == ["refused"]


def test_a_file_that_is_locked_by_others_is_no_trouble_for_who_clears(tmp_path, locks, sheds):
    path = write(tmp_path / "locks/course-old.lock")
    with closing(path.open()) as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        assert sheds.clear_locks(BEFORE) == "0 files removed"
    assert sheds.clear_locks(BEFORE) == "1 files removed"
