"""A hub is backed up through the command line, into a real repository, and proven to be."""

import os
import shutil
import signal
import sqlite3
import subprocess
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from courseops.adapters.store import open_store_in
from courseops.model.roster import Enrolment, Person, Role
from tests.support.backup import PASSWORD, make_home, restic_at

pytestmark = pytest.mark.restic

GOOD = '{"cells": [], "nbformat": 4}'


class Hub:
    """A site whose hub does not answer, with a repository, and homes."""

    def __init__(self, desk):
        self.desk = desk
        self.homes = desk.folder / "homes"
        self.homes.mkdir()
        self.repository = desk.folder / "backup"
        desk.write("campus.token", "unused", mode=0o600)
        desk.write("backup.password", PASSWORD, mode=0o600)
        self.configure()

    def configure(self, *, courses=None, **backup):
        self.desk.configure(
            hubs={
                "campus": {
                    "url": "http://127.0.0.1:1",
                    "token": {"file": "campus.token"},
                    "homes": f"{self.homes}/{{username}}",
                    "backup": {
                        "repository": "backup",
                        "password": {"file": "backup.password"},
                        **backup,
                    },
                }
            },
            courses=courses,
        )

    def fill(self, count):
        for number in range(count):
            make_home(self.homes, f"u{number:02}", {"ps1/hw1.ipynb": GOOD, "notes.txt": "n"})

    def run(self, *args, code=0, **more):
        said = self.desk.run(*args, "--json", **more)
        assert said.code == code, (said.out, said.err)
        return said.document

    def back_up(self, *, code=0, **more):
        (ran,) = self.run("backup", "run", "campus", code=code, **more)["hubs"]
        return ran

    def concerns(self):
        found = self.desk.run("status", "--json").document["needs_a_person"]
        return [it["what"] for it in found]

    def snapshots(self):
        return self.run("backup", "list", "campus")["snapshots"]


@pytest.fixture
def campus(desk, empty_restic):
    shutil.copytree(empty_restic, desk.folder / "backup")
    return Hub(desk)


def kinds(ran):
    return {it["subject"]: (it["status"], it["kind"]) for it in ran["outcomes"]}


def test_a_hub_is_backed_up_in_shards_and_gone_on_with(campus):
    campus.fill(23)
    campus.configure(learners_a_shard=10)

    first = campus.back_up()
    assert sorted((it["shard"], it["homes"]) for it in first["shards"]) == [
        (0, 10),
        (1, 10),
        (2, 3),
    ]
    assert all(status == "done" for status, _ in kinds(first).values())

    (campus.homes / "u05" / "notes.txt").write_text("changed")
    second = campus.back_up()
    changed = [it for it in second["shards"] if not it["is_unchanged"]]
    assert [(it["files_new"], it["files_changed"]) for it in changed] == [(0, 1)]
    assert not campus.concerns() or "unproven" in campus.concerns()[0]


@pytest.fixture
def powerless(require):
    """What takes root's rights away, so that a closed file is closed to it, too."""
    require("setpriv", shutil.which("setpriv"))
    return ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()


def test_what_cannot_be_read_is_a_remark_twice_and_then_an_alarm(campus, powerless):
    campus.fill(2)
    (campus.homes / "u00" / "notes.txt").chmod(0)

    found = [kinds(campus.back_up(code=code, prefix=powerless)) for code in (0, 0, 3)]

    statuses = [("done", "unread"), ("done", "unread"), ("failed", "unread")]
    assert [it["u00"] for it in found] == statuses
    assert {it["u01"] for it in found} == {("done", "")}
    assert any("1 failed (u00)" in it for it in campus.concerns())


VANISHES = """#!/bin/sh
restic "$@"
code=$?
case " $* " in *" backup "*shard*)
    echo '{"message_type":"error","error":{"Op":"lstat","Path":"u00/.~n","Err":2},\
"during":"archival","item":"HOMES/u00/.~n"}' | tr -d '\\\n' >&2
    echo >&2
    exit 3
esac
exit $code
"""


def test_what_vanishes_makes_a_partial_run_that_ends_well(campus):
    campus.fill(2)
    campus.desk.write("vanishes", VANISHES.replace("HOMES", str(campus.homes)), mode=0o755)
    campus.configure(restic=str(campus.desk.folder / "vanishes"))

    ran = campus.back_up()

    assert ran["is_partial"]
    assert kinds(ran)["u00"] == ("done", "vanished")
    assert kinds(ran)["u01"] == ("done", "")


def test_a_large_file_is_left_out_and_its_owner_is_told(campus):
    campus.fill(2)
    campus.configure(largest_file_mb=1)
    for name, size in (("large.bin", 1_000_001), ("fits.bin", 1_000_000)):
        with (campus.homes / "u01" / name).open("wb") as file:
            file.truncate(size)

    ran = campus.back_up()

    assert kinds(ran)["u01"] == ("done", "too-large")
    found = campus.run("restore", "find", "campus", "u01", "*.bin")["versions"]
    assert [it["path"] for it in found] == ["fits.bin"]
    said = campus.desk.run("backup", "run", "campus")
    assert "u01: left out for their size: large.bin" in said.out


KILLS = """#!/bin/sh
case " $* " in *" backup "*shard*)
    echo x >> COUNT
    if [ "$(wc -l < COUNT)" -eq 2 ]; then kill -9 $PPID; exit 1; fi
esac
exec restic "$@"
"""


def test_a_run_that_is_killed_is_gone_on_with_where_it_was(campus):
    campus.fill(20)
    count = campus.desk.folder / "count"
    campus.desk.write("kills", KILLS.replace("COUNT", str(count)), mode=0o755)
    campus.configure(learners_a_shard=10, restic=str(campus.desk.folder / "kills"))

    killed = campus.desk.run("backup", "run", "campus")
    assert killed.code == -signal.SIGKILL
    again = campus.back_up()

    assert [it["shard"] for it in again["shards"]] == [1, 0]
    # The one that was finished is as it was, and its homes were not read again.
    assert [it["files_new"] for it in again["shards"]] == [20, 0]
    history = campus.run("job", "history", "backup-run")["runs"]
    assert [it["ending"] for it in history] == ["done", "interrupted"]
    assert list((campus.desk.folder / "state" / "staging").glob("backup-*")) == []


@contextmanager
def written(path, mode):
    """Write to a database without a pause, in one of SQLite's modes."""
    stop = threading.Event()
    with closing(sqlite3.connect(path)) as made:
        made.execute(f"PRAGMA journal_mode={mode}")
        made.execute("CREATE TABLE rows (number INTEGER, text TEXT)")
        made.commit()

    def write():
        with closing(sqlite3.connect(path, timeout=60)) as database:
            number = 0
            while not stop.is_set():
                number += 1
                with database:
                    database.executemany(
                        "INSERT INTO rows VALUES (?, ?)", [(number, "x" * 999)] * 10
                    )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def restored(campus, tmp_path):
    """Have the databases of the newest run back."""
    repository = restic_at(campus.desk.folder, repository=str(campus.repository))
    newest = next(it for it in repository.snapshots() if "state" in it.tags)
    into = tmp_path / "back"
    into.mkdir(mode=0o700)
    repository.restore(newest.id, ["databases"], into)
    return {it.name: it for it in (into / "databases").iterdir()}


def test_databases_that_are_written_to_come_back_whole(campus, tmp_path):
    campus.fill(1)
    files = {mode: campus.desk.folder / f"{mode}.sqlite" for mode in ("wal", "delete")}
    campus.configure(
        databases=[{"name": name, "sqlite": str(path)} for name, path in files.items()]
    )

    with written(files["wal"], "wal"), written(files["delete"], "delete"):
        found = kinds(campus.back_up())

    names = {"wal.sqlite", "delete.sqlite", "courseops.sqlite"}
    assert {it for it in found if it.startswith("database ")} == {
        f"database {it.removesuffix('.sqlite')}" for it in names
    }
    back = restored(campus, tmp_path)
    assert back.keys() == names
    for path in back.values():
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for name in ("wal.sqlite", "delete.sqlite"):
        with closing(sqlite3.connect(back[name])) as database:
            assert database.execute("SELECT count(*) % 10 FROM rows").fetchone() == (0,)


@pytest.mark.postgres
def test_a_postgres_database_comes_back_or_is_named_as_failed(campus, postgres, tmp_path):
    campus.fill(1)
    url = postgres.new_database()
    with psycopg.connect(url) as session:
        session.execute("CREATE TABLE rows AS SELECT generate_series(1, 1000) AS number")
    campus.desk.write("good.url", url.replace("postgresql://", "postgresql+psycopg://"), mode=0o600)
    campus.desk.write("gone.url", f"{url}_gone", mode=0o600)
    campus.configure(
        databases=[
            {"name": "good", "postgres": {"file": "good.url"}},
            {"name": "gone", "postgres": {"file": "gone.url"}},
        ]
    )

    found = kinds(campus.back_up(code=3))

    assert found["database good"] == ("done", "database")
    assert found["database gone"] == ("failed", "not-copied")
    assert found["u00"] == ("done", "")
    back = restored(campus, tmp_path)
    assert back.keys() == {"good.sql", "courseops.sqlite"}
    other = postgres.new_database()
    subprocess.run(
        ["psql", "--quiet", "--set=ON_ERROR_STOP=1", "--file", back["good.sql"], other],
        check=True,
        capture_output=True,
    )
    with psycopg.connect(other) as session:
        assert session.execute("SELECT sum(number) FROM rows").fetchone() == (500_500,)


def test_homes_stand_still_by_commands_and_what_was_made_is_gone_again(campus):
    campus.fill(2)
    still = campus.desk.folder / "still"
    commands = {
        "make": ["cp", "-al", str(campus.homes), f"{still}-{{hub}}-{{moment}}"],
        "root": f"{still}-{{hub}}-{{moment}}",
        "remove": ["rm", "-r", f"{still}-{{hub}}-{{moment}}"],
    }
    campus.back_up()
    campus.configure(still=commands)
    (campus.homes / "u00" / "notes.txt").write_text("changed")

    ran = campus.back_up()

    # What was read live is the parent of what was read standing still.
    assert [it["files_new"] for it in ran["shards"]] == [0]
    assert list(campus.desk.folder.glob("still*")) == []
    campus.configure(still={**commands, "remove": ["false"]})
    assert kinds(campus.back_up(code=3))["file system's snapshot"] == ("failed", "still")
    # The next run takes it away first.
    campus.configure(still=commands)
    campus.back_up()
    assert list(campus.desk.folder.glob("still*")) == []


def test_a_drill_proves_a_backup_and_finds_a_flipped_byte(campus):
    make_home(campus.homes, "ada", {})
    (campus.homes / "ada" / "data.bin").write_bytes(os.urandom(300_000))
    campus.back_up()
    assert any("unproven" in it for it in campus.concerns())

    drilled = campus.run("backup", "drill", "campus")
    assert [(it["username"], it["problem"]) for it in drilled["drills"]] == [("ada", "")]
    whole = campus.run("backup", "drill", "campus", "--home")
    assert [(it["what"], it["files"]) for it in whole["drills"]] == [("home", 1)]
    assert not any("unproven" in it for it in campus.concerns())

    packs = (it for it in (campus.repository / "data").rglob("*") if it.is_file())
    largest = max(packs, key=lambda it: it.stat().st_size)
    largest.chmod(0o600)
    with largest.open("r+b") as pack:
        pack.seek(150_000)
        byte = pack.read(1)[0]
        pack.seek(150_000)
        pack.write(bytes([byte ^ 1]))
    assert campus.run("backup", "check", "campus")["problems"] == []
    for options in ((), ("--home",)):
        failed = campus.run("backup", "drill", "campus", *options, code=3)
        assert failed["drills"][0]["problem"]
    assert any("a restore drill failed" in it for it in campus.concerns())
    assert campus.run("backup", "check", "campus", "--read-data", code=1)["problems"]


def take_at(campus, moment):
    """Take a snapshot as if it had been long ago, as restic itself can."""
    line = ["restic", "backup", "--host", "campus", "--tag", "auto,shard-00"]
    subprocess.run(
        [*line, "--time", f"{moment:%Y-%m-%d %H:%M:%S}", "u00"],
        check=True,
        capture_output=True,
        cwd=campus.homes,
        env={
            "PATH": os.environ["PATH"],
            "TZ": "UTC",
            "RESTIC_REPOSITORY": str(campus.repository),
            "RESTIC_PASSWORD": PASSWORD,
            "RESTIC_CACHE_DIR": str(campus.desk.folder / "cache"),
        },
    )


def test_what_no_rule_keeps_is_shown_before_it_is_dropped(campus):
    campus.fill(1)
    campus.configure(keep={"hourly": "2h", "daily": "2d", "weekly": "2d", "monthly": "2d"})
    for days in (30, 1):
        take_at(campus, datetime.now(UTC) - timedelta(days=days))
    campus.back_up()
    refreshed = campus.run("backup", "list", "campus", "--refresh")
    assert len([it for it in refreshed["snapshots"] if it["of"] == "shard-00"]) == 3

    previewed = campus.run("backup", "forget", "campus")
    why = [it["reasons"] for it in previewed["snapshots"] if "shard-00" in it["snapshot"]["tags"]]
    assert [bool(it) for it in why] == [True, True, False]
    assert len([it for it in campus.snapshots() if it["of"] == "shard-00"]) == 3

    campus.run("backup", "forget", "campus", "--yes")
    campus.run("backup", "prune", "campus")
    assert len([it for it in campus.snapshots() if it["of"] == "shard-00"]) == 2
    versions = campus.run("restore", "find", "campus", "u00", "notes.txt")["versions"]
    oldest = datetime.fromisoformat(versions[-1]["first_taken_at"])
    assert oldest > datetime.now(UTC) - timedelta(days=2)


def test_a_repository_that_only_takes_new_snapshots_forgets_none(campus):
    campus.fill(1)
    campus.configure(append_only=True)
    campus.back_up()

    said = campus.desk.run("backup", "forget", "campus", "--yes")

    assert said.code == 12
    assert "only takes new snapshots" in said.err
    assert campus.desk.run("job", "run", "nightly-backup").code == 0


def test_a_second_repository_gets_every_snapshot(campus, empty_restic):
    campus.fill(1)
    shutil.copytree(empty_restic, campus.desk.folder / "second")
    campus.configure(copy_to={"repository": "second", "password": {"file": "backup.password"}})

    assert campus.desk.run("job", "run", "nightly-backup").code == 0

    there = restic_at(campus.desk.folder, repository=str(campus.desk.folder / "second"))
    assert {tag for it in there.snapshots() for tag in it.tags} == {"auto", "shard-00", "state"}


@pytest.mark.parametrize(
    "job", ["weekly-check", "weekly-prune", "restore-drill", "home-drill", "nightly-backup"]
)
def test_every_shipped_job_runs(campus, job):
    campus.fill(1)
    campus.back_up()

    said = campus.desk.run("job", "run", job)

    assert said.code == 0, said.out + said.err


def test_a_deadline_keeps_the_homes_of_its_course_once(campus):
    campus.fill(3)
    due_at = datetime.now(UTC) - timedelta(seconds=30)
    campus.configure(courses={"py": {"hub": "campus"}})
    with campus.desk.config.open("a") as config:
        config.write(f"\n[courses.py.assignments.hw1]\ndue_at = {due_at.isoformat()}\n")
    person = Person(id="1", username="u01")
    with open_store_in(campus.desk.folder / "state") as store:
        store.enrolments.enrol("py", [Enrolment(person=person, role=Role.LEARNER)], due_at)

    for _ in range(2):
        campus.run("job", "run", "deadline-snapshot")

    assert [(it["of"], it["homes"]) for it in campus.snapshots()] == [("deadline:py/hw1", 1)]
    taken = campus.run("backup", "run", "campus", "--for", "py/hw2")
    assert [it["subject"] for it in taken["outcomes"]] == ["u01"]
    assert {it["of"] for it in campus.snapshots()} == {"deadline:py/hw1", "deadline:py/hw2"}
    assert campus.desk.run("backup", "run", "--for", "py").code == 2
