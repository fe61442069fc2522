"""Copies of databases in use: whole, or none at all, and no secret where others could see it."""

import sqlite3
from contextlib import closing

import psycopg
import pytest

from courseops.adapters.live.databases import PostgresDatabase, SqliteDatabase, database_at
from courseops.errors import ConfigError, CourseOpsError


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "copies"
    folder.mkdir()
    return folder


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "of #the hub?.sqlite"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE rows (text TEXT)")
        made.executemany("INSERT INTO rows VALUES (?)", [("x" * 999,)] * 1000)
    return path


def rows(path):
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM rows").fetchone()[0]


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_transaction_that_is_open_is_not_in_the_copy(file, into, mode):
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute(f"PRAGMA journal_mode={mode}")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO rows VALUES ('not yet')")
        SqliteDatabase("hub", file).copy(into)
        writer.execute("COMMIT")

    assert rows(into / "hub.sqlite") == 1000
    assert [it.name for it in into.iterdir()] == ["hub.sqlite"]


def test_what_is_only_in_the_log_is_in_the_copy(file, into):
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=wal")
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("INSERT INTO rows VALUES ('in the log')")
        SqliteDatabase("hub", file).copy(into)

    assert rows(into / "hub.sqlite") == 1001


def test_a_damaged_file_gives_no_copy(file, into):
    with file.open("r+b") as opened:
        opened.seek(200_000)
        opened.write(b"\xff" * 300_000)

    with pytest.raises(CourseOpsError):
        SqliteDatabase("hub", file).copy(into)
    assert list(into.iterdir()) == []


def test_a_file_that_is_not_there_is_not_made(tmp_path, into):
    gone = SqliteDatabase("hub", tmp_path / "gone.sqlite")

    for act in (gone.preflight, lambda: gone.copy(into)):
        with pytest.raises(CourseOpsError, match="no database"):
            act()
    assert not (tmp_path / "gone.sqlite").exists()
    assert list(into.iterdir()) == []


def test_a_gradebook_that_is_not_made_yet_is_no_failure(tmp_path, into):
    later = database_at("book", "sqlite:///gradebook.db", tmp_path, may_be_missing=True)

    assert "not there yet" in later.preflight()
    assert later.copy(into) is False
    assert list(into.iterdir()) == []


def test_addresses_as_nbgrader_and_we_write_them_lead_to_the_file(file, into):
    for url in (f"sqlite:///{file.name.partition('?')[0]}", "sqlite:////nowhere/at.all?timeout=5"):
        with pytest.raises(CourseOpsError, match="no database"):
            database_at("book", url, file.parent).copy(into)
    plain = file.rename(file.with_name("gradebook.db"))
    database_at("book", "sqlite:///gradebook.db?timeout=5", plain.parent).copy(into)

    assert rows(into / "book.sqlite") == 1000
    for url in ("sqlite://", "sqlite:///:memory:", "mysql://host/name"):
        with pytest.raises(ConfigError):
            database_at("book", url, file.parent).preflight()


# As pg_dump, but it says what it was given, and stops half way.
STOPS = """#!/bin/sh
echo "$@" > ARGUMENTS
env > ENVIRONMENT
echo "-- half of it"
exit CODE
"""


@pytest.mark.parametrize(("code", "reason"), [(1, "failed with 1"), (0, "not complete")])
def test_a_dump_that_stops_half_way_is_no_copy(tmp_path, into, monkeypatch, code, reason):
    program = tmp_path / "pg_dump"
    given, seen = tmp_path / "arguments", tmp_path / "environment"
    text = STOPS.replace("ARGUMENTS", str(given)).replace("ENVIRONMENT", str(seen))
    program.write_text(text.replace("CODE", str(code)))
    program.chmod(0o755)
    monkeypatch.setenv("PGPASSWORD", "somebody else's")
    monkeypatch.setenv("COURSEOPS_DATABASE", "a secret of ours")
    url = "postgresql+psycopg://ops:p%40ss@db.example.org:5433/hub?sslmode=require"

    with pytest.raises(CourseOpsError, match=reason):
        PostgresDatabase("hub", lambda: url, program=str(program)).copy(into)

    assert list(into.iterdir()) == []
    assert "p@ss" not in given.read_text()
    settings = dict(line.split("=", 1) for line in seen.read_text().splitlines() if "=" in line)
    assert {name: value for name, value in settings.items() if name.startswith("PG")} == {
        "PGHOST": "db.example.org",
        "PGPORT": "5433",
        "PGUSER": "ops",
        "PGPASSWORD": "p@ss",
        "PGDATABASE": "hub",
        "PGSSLMODE": "require",
    }
    assert "COURSEOPS_DATABASE" not in settings


def test_what_a_url_says_and_nobody_understands_is_not_left_out_in_silence(into):
    with pytest.raises(ConfigError, match="says gssencmode"):
        PostgresDatabase("hub", lambda: "postgresql://host/hub?gssencmode=require").copy(into)


@pytest.mark.postgres
def test_a_dump_holds_one_unchanging_state(postgres, into):
    url = postgres.new_database()
    with psycopg.connect(url) as session:
        session.execute("CREATE TABLE rows (number int)")
    database = PostgresDatabase("hub", lambda: url)

    with psycopg.connect(url) as writer:
        writer.execute("INSERT INTO rows VALUES (4711)")
        database.copy(into)

    dump = (into / "hub.sql").read_text()
    assert "CREATE TABLE public.rows" in dump
    assert "4711" not in dump
    assert database.preflight() == "PostgreSQL, by pg_dump"
