"""What the databases promise below the ports: upgrades, crashes, and errors in our words."""

import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, func, inspect, make_url, select
from sqlalchemy.exc import StatementError

from courseops.actions.journal import Journal
from courseops.adapters.memory.ambient import FixedClock, MemoryLocks, SilentProgress
from courseops.adapters.store import open_store, open_store_in, tables
from courseops.adapters.store.database import open_database
from courseops.adapters.store.tables import metadata
from courseops.adapters.store.upgrade import migrations, revisions
from courseops.errors import (
    ConfigError,
    CourseOpsError,
    LockedError,
    RefusedError,
    UnreachableError,
)
from courseops.model.run import Ending, Outcome, Run
from courseops.model.usage.seen import Sample, Session

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RUN = Run(id="one", action="backup-run", scope="hub/campus", actor="ada", started_at=MONDAY)


def engine_of(url: str):
    return create_engine(make_url(url.replace("postgresql:", "postgresql+psycopg:")))


@pytest.fixture
def engine(database_url):
    open_store(database_url).close()
    engine = engine_of(database_url)
    yield engine
    engine.dispose()


def test_a_fresh_database_has_exactly_the_tables_the_code_speaks_of(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_each_migrations_file_begins_with_its_revision():
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    assert revisions() == sorted(script.revision for script in scripts)


def test_opening_a_database_that_is_up_to_date_does_without_alembic(tmp_path):
    open_store(sqlite_url(tmp_path)).close()
    look = (
        "import sys; from courseops.adapters.store import open_store; "
        "open_store(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", look, sqlite_url(tmp_path)], check=True, timeout=60)


def test_what_a_daemon_asks_each_second_never_goes_through_all_that_ever_ran(tmp_path):
    asked = []
    with open_store(sqlite_url(tmp_path)) as store:
        engine = store.slots._database._engine
        event.listen(engine, "before_cursor_execute", lambda *it: asked.append((it[2], it[3])))
        store.slots.underway()
        store.slots.abandoned(MONDAY)
        store.slots.newest(["nightly-backup"])
        store.slots.claimed("nightly-backup", MONDAY)
        store.slots.cancelled_by("one")
        store.slots.renew("one", "ann", MONDAY)
        assert len(asked) == 6
        with store.slots._database.reading() as connection:
            for statement, values in asked[:6]:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                steps = " ".join(step.detail for step in plan)
                # The index of those under way holds no others: it may be gone through.
                assert "SEARCH runs USING" in steps or "INDEX ix_runs_underway" in steps


def test_every_migration_can_be_taken_back_and_made_again(engine):
    with engine.begin() as connection:
        command.downgrade(migrations(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(migrations(connection), "head")
        assert set(inspect(connection).get_table_names()) >= set(metadata.tables)


@pytest.mark.parametrize("version", revisions()[:-1])
def test_an_upgrade_keeps_what_was_noted_before(engine, database_url, version):
    with open_store(database_url) as store:
        store.runs.start(RUN)
        store.runs.note("one", [Outcome.done("ada")])
    with engine.begin() as connection:
        command.downgrade(migrations(connection), version)

    with open_store(database_url) as store:
        assert store.runs.outcomes("one") == [Outcome.done("ada")]
        with pytest.raises(CourseOpsError):
            store.runs.note("ghost", [Outcome.done("ada")])


OLD_USAGE = """
INSERT INTO samples (hub, taken_at, running, accounts, ok) VALUES
  ('campus', '2026-03-02 09:05:00.000000', 1, 7, true),
  ('campus', '2026-03-02 09:10:00.250000', 0, NULL, false);
INSERT INTO sessions (hub, username, server, started_at, last_seen_at) VALUES
  ('campus', 'ada', '', '2026-03-02 09:00:00.000001', '2026-03-02 09:05:00.000000');
INSERT INTO activities (hub, username, day, active_at) VALUES
  ('campus', 'bob', '2026-03-01', '2026-03-01 23:59:59.999999'),
  ('campus', 'bob', '2026-03-02', '2026-03-02 08:00:00.000000')
"""


def test_usage_of_the_first_kind_moves_into_little_room(engine, database_url):
    def at(day, hour, minute=0, second=0, us=0):
        return datetime(2026, 3, day, hour, minute, second, us, tzinfo=UTC)

    with engine.begin() as connection:
        command.downgrade(migrations(connection), "0007")
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        for statement in OLD_USAGE.split(";"):
            connection.exec_driver_sql(statement)

    with open_store(database_url) as store:
        whole = ("campus", at(1, 0), at(3, 0))
        assert store.usage.samples(*whole) == [
            Sample(hub="campus", taken_at=at(2, 9, 5), running=1, accounts=7),
            Sample(hub="campus", taken_at=at(2, 9, 10, 0, 250_000), ok=False),
        ]
        assert store.usage.sessions(*whole) == [
            Session(
                hub="campus",
                username="ada",
                server="",
                started_at=at(2, 9, us=1),
                last_seen_at=at(2, 9, 5),
            )
        ]
        assert [it.active_at for it in store.usage.activities(*whole)] == [
            at(1, 23, 59, 59, 999_999),
            at(2, 8),
        ]


def test_a_database_of_a_newer_courseops_is_refused(engine, database_url):
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(CourseOpsError, match="newer courseops wrote this database: it is at 9999"):
        open_store(database_url)


def test_a_naive_time_is_never_stored(database_url):
    naive = Run(id="one", action="x", scope="y", actor="z", started_at=datetime(2026, 3, 2))  # noqa: DTZ001
    with open_store(database_url) as store, pytest.raises(StatementError, match="naive time"):
        store.runs.start(naive)


WRITER = """
import sys
from courseops.adapters.store import open_store
from courseops.model.run import Outcome, Run
from datetime import datetime, UTC
url, name = sys.argv[1:]
with open_store(url) as store:
    now = datetime.now(UTC)
    store.runs.start(Run(id=name, action="x", scope="y", actor="z", started_at=now))
    for number in range(40):
        store.runs.note(name, [Outcome.done(str(number))])
"""


def test_a_folder_may_have_any_name(tmp_path):
    folder = tmp_path / "état 100 % ? #1"
    with open_store_in(folder) as store:
        store.plans.keep("abc", "course/py", "{}", MONDAY)
    assert (folder / "courseops.sqlite").exists()


def test_processes_that_open_and_write_at_once_lose_nothing(database_url):
    names = ["one", "two", "three"]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, database_url, n]) for n in names]

    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    with open_store(database_url) as store:
        for name in names:
            noted = [outcome.subject for outcome in store.runs.outcomes(name)]
            assert noted == [str(number) for number in range(40)]


def test_writers_that_look_before_they_write_wait_their_turn(tmp_path):
    with closing(open_database(sqlite_url(tmp_path))) as database:

        def keep_the_next(_: int) -> None:
            with database.writing() as connection:
                seen = connection.execute(select(func.count()).select_from(tables.plans)).scalar()
                row = {"fingerprint": str(seen), "scope": "x", "document": "", "kept_at": MONDAY}
                connection.execute(database.insert(tables.plans).values(row))

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(keep_the_next, range(40)))
        with database.reading() as connection:
            kept = connection.execute(select(tables.plans.c.fingerprint)).scalars()
            assert set(kept) == {str(number) for number in range(40)}


def test_while_another_process_prepares_the_database_we_wait(tmp_path, monkeypatch):
    # Seen 3 times in 900: switching a new file to WAL fails at once where another one does so.
    monkeypatch.setattr("courseops.adapters.store.opening.OPEN_TIMEOUT_SECONDS", 0.1)
    (tmp_path / "state").mkdir()
    folder = os.open(tmp_path / "state", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)

    with pytest.raises(LockedError, match="preparing the database"):
        open_store(sqlite_url(tmp_path))
    os.close(folder)
    open_store(sqlite_url(tmp_path)).close()


CRASHER = """
import sys, time
from courseops.actions.journal import Journal
from courseops.adapters.clock import SystemClock
from courseops.adapters.memory.ambient import MemoryLocks, SilentProgress
from courseops.adapters.store import open_store
from courseops.cli.logs import configure_logs
from courseops.model.run import Outcome, Phase
configure_logs(verbose=False)
store = open_store(sys.argv[1])
journal = Journal(runs=store.runs, locks=MemoryLocks(), clock=SystemClock(),
                  progress=SilentProgress(), actor="ada")
with journal.run("roster-apply", "course/python101") as entry:
    entry.audit(Phase.INTENDED, ["bob"], "enrol in python101")
    entry.note(Outcome.done("bob"))
    print(entry.run.id, flush=True)
    time.sleep(60)
"""


def test_a_killed_run_stays_open_with_all_it_noted_until_the_next_one_finds_it(database_url):
    args = [sys.executable, "-c", CRASHER, database_url]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as crasher:
        run_id = crasher.stdout.readline().strip()
        os.kill(crasher.pid, signal.SIGKILL)

    with open_store(database_url) as store:
        assert store.runs.get(run_id).ending is Ending.RUNNING
        assert [outcome.subject for outcome in store.runs.outcomes(run_id)] == ["bob"]
        assert [record.subject for record in store.runs.audit_of(run_id)] == ["bob"]
        with journal_of(store).run("roster-apply", "course/python101"):
            pass
        assert store.runs.get(run_id).ending is Ending.INTERRUPTED


def journal_of(store) -> Journal:
    return Journal(
        runs=store.runs,
        locks=MemoryLocks(),
        clock=FixedClock(),
        progress=SilentProgress(),
        actor="ada",
    )


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder}/state/courseops.db"


def test_nobody_else_can_read_the_database_file(tmp_path):
    before = os.umask(0)
    try:
        with open_store(sqlite_url(tmp_path)) as store:
            store.runs.start(RUN)
            modes = {file.name: file.stat().st_mode & 0o777 for file in state_of(tmp_path)}
    finally:
        os.umask(before)

    assert set(modes.values()) == {0o600}
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def state_of(folder: Path) -> list[Path]:
    return list((folder / "state").iterdir())


def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(tmp_path):
    (tmp_path / "state").write_text("a file where a folder should be")

    with pytest.raises(CourseOpsError, match="cannot write to the database file") as caught:
        open_store(sqlite_url(tmp_path))
    assert "state" in str(caught.value)
    assert "site.state" in caught.value.hint


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "courseops.db").write_text("Dear diary, " * 100)

    with pytest.raises(CourseOpsError, match="not a database") as caught:
        open_store(sqlite_url(tmp_path))
    assert "no SQLite database" in caught.value.hint


def test_a_write_that_waits_too_long_says_the_database_is_busy(tmp_path, monkeypatch):
    monkeypatch.setattr("courseops.adapters.store.database.BUSY_TIMEOUT_SECONDS", 0.1)
    with open_store(sqlite_url(tmp_path)) as store:
        with closing(sqlite3.connect(tmp_path / "state" / "courseops.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LockedError, match="busy"):
                store.runs.start(RUN)
            assert store.runs.recent() == []
        store.runs.start(RUN)


@pytest.mark.parametrize(
    ("pragma", "hint"),
    [("max_page_count=1", "free some space"), ("query_only=ON", "let courseops")],
)
def test_a_full_disk_and_a_read_only_one_are_told_apart(tmp_path, pragma, hint):
    with open_store(sqlite_url(tmp_path)) as store:
        store.runs.start(RUN)
        with store.runs._database.reading() as connection:
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        with pytest.raises(CourseOpsError) as caught:
            store.runs.note("one", [Outcome.done("ada", "x" * 100_000)])
        assert hint in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:s3cret@host/x",
        "s3cret",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://me:p@s3cret@127.0.0.1/x",
        "postgresql://me:p@s3cret/@127.0.0.1/x",
        "postgresql://me:p@s3cret:w@127.0.0.1:5432/x",
        "postgresql://me:s3cret/x",
    ],
)
def test_an_address_we_cannot_use_is_a_mistake_in_the_configuration(url):
    with pytest.raises(ConfigError) as caught:
        open_store(url)
    assert "s3cret" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert caught.value.__context__ is None


def test_of_an_unescaped_password_it_is_said_how_to_write_it():
    with pytest.raises(ConfigError) as caught:
        open_store("postgresql://me:p@ss@127.0.0.1/x")
    assert "@ is %40" in caught.value.hint


def test_a_server_that_is_away_is_unreachable_and_its_password_stays_secret():
    with pytest.raises(UnreachableError, match="did not answer") as caught:
        open_store("postgresql://ada:s3cret@127.0.0.1:1/courseops?password=s3cret")
    assert "127.0.0.1:1/courseops" in str(caught.value)
    assert "s3cret" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"


@pytest.mark.postgres
def test_a_server_that_says_no_has_refused(postgres):
    with pytest.raises(RefusedError, match="nothere"):
        open_store(postgres.url("nothere"))


@pytest.mark.postgres
def test_a_session_the_server_ends_is_unreachable_and_the_next_one_works(postgres):
    url = postgres.new_database()
    with open_store(url) as store:
        store.runs.start(RUN)
        with pytest.raises(UnreachableError):
            lose_the_session(store, postgres, url)
        assert store.runs.get("one") == RUN


# In a network of its own, whose only link is taken down: no answer comes, and no refusal.
CUT_OFF = """
import fcntl, socket, struct
from courseops.adapters.store import database, open_store, server
from courseops.errors import UnreachableError
from tests.support.postgres import running_cluster

def link(flags):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        set_flags = 0x8914
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14s", b"lo", flags, b""))

database.CONNECT_TIMEOUT_SECONDS = 2
server._NOTICE_WHEN_GONE["tcp_user_timeout"] = 1000
UP, DOWN = 0x41, 0
link(UP)
with running_cluster() as cluster, open_store(cluster.new_database()) as store:
    store.slots.underway()
    link(DOWN)
    try:
        store.slots.underway()
    except UnreachableError as error:
        print(error)
    link(UP)
    print(store.slots.underway())
"""


@pytest.mark.postgres
def test_a_server_that_is_cut_off_without_a_word_is_not_waited_for(require):
    if os.geteuid() != 0:
        pytest.skip("only root takes a link down")
    require("unshare", shutil.which("unshare"))
    args = ["unshare", "--net", sys.executable, "-c", CUT_OFF]
    root = Path(__file__).parents[2]
    said = subprocess.run(args, cwd=root, stdout=subprocess.PIPE, check=True, text=True, timeout=90)
    first, second = said.stdout.splitlines()
    assert "did not answer" in first
    assert second == "[]"


def lose_the_session(store, postgres, url) -> None:
    with store.runs._database.writing() as connection:
        postgres.end_sessions_of(url)
        connection.exec_driver_sql("SELECT 1")
