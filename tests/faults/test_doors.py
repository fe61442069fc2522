"""A repository that cannot be opened is said to be what it is, and never made anew."""

import shutil
import stat
import sys
import threading

import pytest

from courseops.actions.backups import BackupPorts, check_backup, list_backups, run_backup
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.restic import launcher
from courseops.adapters.restic.door import Deadlines
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.errors import UnreachableError
from tests.support.backends import frozen, serving
from tests.support.backup import restic_at
from tests.support.faults import RESTIC, assert_heals, assert_kept, assert_said
from tests.support.sentinel import look

pytestmark = [pytest.mark.restic, pytest.mark.xdist_group("doors")]

COMMANDS = {
    "run": ("backup", "run", "campus"),
    "check": ("backup", "check", "campus"),
    "list": ("backup", "list", "campus"),
}
every_command = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


@every_command
def test_a_wrong_password_is_said_and_changes_nothing(site, command):
    before = look(site.repository)
    site.write("backup.password", "wrong", mode=0o600)

    assert_said(site.run(*command), 12, "does not take our password")

    assert {name: it.content for name, it in look(site.repository).items()} == {
        name: it.content for name, it in before.items()
    }
    site.write("backup.password", "correct horse battery staple", mode=0o600)
    assert_kept(site)


@pytest.mark.parametrize(
    ("password", "code", "pattern"),
    [
        ({"file": "empty.password"}, (10, 12), "empty"),
        ({"file": "gone.password"}, (10,), "gone.password"),
        ({"command": [sys.executable, "-c", "raise SystemExit('no key')"]}, (10,), "failed with 1"),
        ({"command": ["/nowhere/pass"]}, (1, 10), "nowhere/pass"),
    ],
    ids=["empty", "missing", "failing-command", "missing-command"],
)
def test_a_password_that_cannot_be_had_is_one_sentence(site, password, code, pattern):
    site.write("empty.password", "", mode=0o600)
    site.set_up(password=password)

    said = site.back_up()

    assert said.code in code, said.err
    assert_said(said, said.code, pattern)
    site.set_up()
    assert_heals(site)


@every_command
@pytest.mark.parametrize("left", ["nothing", "an-empty-folder"])
def test_a_repository_that_is_gone_is_never_made_anew(site, command, left):
    away = site.folder / "unmounted"
    site.repository.rename(away)
    if left != "nothing":
        site.repository.mkdir()

    assert_said(site.run(*command), 12, "there is no repository at")

    if left == "nothing":
        assert not site.repository.exists()
    else:
        assert list(site.repository.iterdir()) == []
        site.repository.rmdir()
    away.rename(site.repository)
    assert_kept(site)


@pytest.fixture
def ports(site):
    """Give what the actions need, with a repository that is given up after two seconds."""

    def ports(repository: str) -> BackupPorts:
        return BackupPorts(
            hub="campus",
            volumes=DirectoryVolumes(f"{site.homes}/{{username}}"),
            repository=restic_at(
                site.folder,
                repository=repository,
                program=shutil.which(RESTIC),
                deadlines=Deadlines(opening=2, reading=2, backup=2, upkeep=2, lock=0),
            ),
        )

    return ports


@pytest.mark.parametrize("why", ["refuses", "freezes"])
def test_a_server_that_does_not_answer_is_given_up(site, ports, journal, monkeypatch, why):
    monkeypatch.setattr(launcher, "GRACE_SECONDS", 2)
    with frozen() as freezes:
        of = ports(freezes if why == "freezes" else "rest:http://ops:hush@127.0.0.1:1/")
        for act in (
            lambda: run_backup(of, journal, MemoryHub()),
            lambda: list_backups(of),
            lambda: check_backup(of, journal),
        ):
            with pytest.raises(UnreachableError) as failure:
                act()
            assert failure.value.exit_code == 13
            assert "hush" not in str(failure.value)
    assert_heals(site)


def test_a_server_that_freezes_in_the_middle_is_given_up_and_nothing_is_lost(
    site, ports, journal, monkeypatch
):
    monkeypatch.setattr(launcher, "GRACE_SECONDS", 2)
    with serving(site.repository) as storage:
        (site.homes / "bob/data.bin").write_bytes(b"new")
        storage.close_gate()
        with pytest.raises(UnreachableError):
            run_backup(ports(storage.repository), journal, MemoryHub())
        assert storage.is_waited_at.is_set()
    assert_kept(site)
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


def test_a_cache_that_may_not_be_written_is_said(site):
    cache = site.folder / "state/restic-cache"
    shutil.rmtree(cache, ignore_errors=True)
    cache.parent.mkdir(exist_ok=True)
    cache.write_text("a file where the cache should be")

    assert_said(site.back_up(), 1, "cannot make restic's cache")

    assert stat.S_ISREG(cache.stat().st_mode)
    cache.unlink()
    assert_heals(site)
