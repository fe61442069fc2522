"""A repository that cannot be opened is said to be what it is, and never made anew."""

import shutil
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from courseops.actions.backups.ports import BackupPorts
from courseops.actions.backups.repositories import check_backup, list_backups
from courseops.actions.backups.taking import run_backup
from courseops.adapters.memory.ambient import SilentProgress
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.restic import launcher
from courseops.adapters.restic.door import Deadlines
from courseops.config import load_config
from courseops.errors import UnreachableError
from courseops.wiring import Site
from courseops.wiring.backups import backup_ports
from tests.support.backends import frozen, serving
from tests.support.backup import PASSWORD, restic_at
from tests.support.faults import RESTIC, assert_heals, assert_kept, assert_said
from tests.support.sentinel import look

pytestmark = [pytest.mark.restic, pytest.mark.xdist_group("doors")]

COMMANDS = (
    ("backup", "run", "campus"),
    ("backup", "check", "campus"),
    ("backup", "list", "campus", "--refresh"),
    ("backup", "forget", "campus", "--yes"),
    ("backup", "prune", "campus"),
)


def contents(folder: Path) -> dict[str, bytes]:
    return {name: it.content for name, it in look(folder).items()}


def test_a_wrong_password_is_said_and_changes_nothing(site):
    before = contents(site.repository)
    site.write("backup.password", "wrong", mode=0o600)

    for command in COMMANDS:
        assert_said(site.run(*command), 12, "does not take our password")
    drilled = site.run("backup", "drill", "campus", "--json")
    assert drilled.code == 3
    assert "does not take our password" in drilled.out

    assert contents(site.repository) == before
    site.write("backup.password", PASSWORD, mode=0o600)
    assert_kept(site)


@pytest.mark.parametrize(
    ("password", "code", "pattern"),
    [
        ({"file": "empty.password"}, 10, "empty"),
        ({"file": "gone.password"}, 10, "gone.password"),
        ({"command": [sys.executable, "-c", "raise SystemExit('no key')"]}, 10, "failed with 1"),
        ({"command": ["/nowhere/pass"]}, 10, "/nowhere/pass"),
    ],
    ids=["empty", "missing", "failing-command", "missing-command"],
)
def test_a_password_that_cannot_be_had_is_one_sentence(site, password, code, pattern):
    site.write("empty.password", "", mode=0o600)
    site.set_up(password=password)
    assert_said(site.back_up(), code, pattern)

    site.set_up()
    assert site.back_up().code == 0


@pytest.mark.parametrize("left", ["nothing", "an-empty-folder"])
def test_a_repository_that_is_gone_is_never_made_anew(site, left):
    away = site.folder / "unmounted"
    site.repository.rename(away)
    if left != "nothing":
        site.repository.mkdir()

    for command in COMMANDS:
        assert_said(site.run(*command), 12, "there is no repository at")

    if left == "nothing":
        assert not site.repository.exists()
    else:
        assert list(site.repository.iterdir()) == []
        site.repository.rmdir()
    away.rename(site.repository)
    assert_kept(site)


@pytest.fixture
def impatient(site):
    """Give the ports of the site with another repository, which is given up after two seconds."""
    with ExitStack() as opened:
        wired = Site(load_config(site.config), actor="tester", progress=SilentProgress())
        opened.callback(wired.close)

        def impatient(repository: str) -> BackupPorts:
            far = restic_at(
                site.folder,
                repository=repository,
                program=shutil.which(RESTIC),
                deadlines=Deadlines(opening=2, reading=2, backup=2, upkeep=2, lock=0),
            )
            return replace(backup_ports(wired, "campus"), repository=far)

        yield impatient


@pytest.mark.parametrize("why", ["refuses", "freezes"])
def test_a_server_that_does_not_answer_is_given_up(site, impatient, journal, monkeypatch, why):
    monkeypatch.setattr(launcher, "GRACE_SECONDS", 2)
    with frozen() as freezes:
        ports = impatient(freezes if why == "freezes" else "rest:http://ops:hush@127.0.0.1:1/")
        for act in (
            lambda: run_backup(ports, journal, MemoryHub()),
            lambda: check_backup(ports, journal),
        ):
            with pytest.raises(UnreachableError) as failure:
                act()
            assert failure.value.exit_code == 13
            assert "hush" not in str(failure.value)
        # What was backed up before is on record, and can be looked at meanwhile.
        assert list_backups(ports, journal).snapshots
    assert_heals(site)


def test_a_server_that_freezes_in_the_middle_is_given_up_and_nothing_is_lost(
    site, impatient, journal, monkeypatch
):
    monkeypatch.setattr(launcher, "GRACE_SECONDS", 2)
    with serving(site.repository) as storage:
        (site.homes / "bob/data.bin").write_bytes(b"new")
        storage.close_gate()
        with pytest.raises(UnreachableError):
            run_backup(impatient(storage.repository), journal, MemoryHub())
        assert storage.is_waited_at.is_set()
    assert_heals(site)


def test_a_server_that_only_appends_takes_backups_and_gives_them_back(site):
    with serving(site.repository, append_only=True) as storage:
        site.set_up(repository=storage.repository)
        (site.homes / "bob/data.bin").write_bytes(b"new")
        assert_heals(site)


def test_what_an_appending_server_forbids_is_said(site):
    for text in ("one", "two"):
        (site.homes / "bob/notes.txt").write_text(text)
        assert site.back_up().code == 0
    with serving(site.repository, append_only=True) as storage:
        site.set_up(
            repository=storage.repository,
            keep={"within": "0h", "hourly": "1h", "daily": "1h", "weekly": "1h", "monthly": "1h"},
        )
        assert_said(site.run("backup", "forget", "campus", "--yes"), 12, "only takes new snapshots")
        assert_kept(site)


def test_without_a_home_of_our_own_everything_works(site):
    without = ("env", "-u", "HOME", "-u", "XDG_CACHE_HOME")
    done = site.run("backup", "run", "campus", prefix=without)
    assert done.code == 0, done.out + done.err
    assert site.run("backup", "check", "campus", prefix=without).code == 0
    assert_kept(site)


def test_a_cache_that_vanishes_meanwhile_does_not_stop_a_run(site):
    with serving(site.repository) as storage:
        site.set_up(repository=storage.repository)
        (site.homes / "bob/data.bin").write_bytes(b"new")
        storage.close_gate()
        said = []
        running = threading.Thread(target=lambda: said.append(site.back_up()))
        running.start()
        assert storage.is_waited_at.wait(60)
        (cache,) = (it for it in site.folder.rglob("*") if it.name in {"restic-cache", "restic"})
        shutil.rmtree(cache)
        storage.gate.set()
        running.join(120)
    assert said[0].code == 0, said[0].out + said[0].err
    site.set_up()
    assert_heals(site)


def test_a_cache_that_may_not_be_written_does_not_stop_a_run(site):
    cache = site.folder / "state/restic-cache"
    shutil.rmtree(cache, ignore_errors=True)
    cache.write_text("a file where the cache should be")

    done = site.back_up()

    assert done.code == 0, done.out + done.err
    assert cache.read_text() == "a file where the cache should be"
    cache.unlink()
    assert_kept(site)
