"""The quick look into our file says what the store says of it; where it cannot, it is known."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from sqlalchemy import URL, create_engine

from courseops.adapters.history import DATABASE
from courseops.adapters.history.looking import FileHistory
from courseops.adapters.history.revisions import revisions
from courseops.adapters.memory.ambient import SilentProgress
from courseops.adapters.store import open_store_in
from courseops.adapters.store.history import StoreHistory
from courseops.adapters.store.upgrade import migrations
from courseops.config import load_config
from courseops.config.writing import config_text
from courseops.errors import CourseOpsError
from courseops.model.run import Outcome, Run
from courseops.wiring import Site

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GRADE, COLLECT = "assignment-autograde", "assignment-collect"
HW1, HW2 = "course/py/hw1", "course/py/hw2"
KILLED = Outcome.failed("zoë", "Python's end; 'twice'", kind="crash", mend="look\nat it")


@pytest.fixture
def folder(tmp_path):
    """A state folder; its name must be quoted to be part of an address."""
    return tmp_path / "état 100 % ? #1"


@pytest.fixture
def store(folder):
    with open_store_in(folder) as opened:
        yield opened


@pytest.fixture
def looking(folder):
    return FileHistory(folder / DATABASE)


@pytest.fixture(params=["file", "store"])
def history(request, store, looking):
    """Either way to look, while the store that writes is open."""
    return looking if request.param == "file" else StoreHistory(store)


def note(store, action, scope, *outcomes):
    run_id = f"run{len(store.runs.recent(limit=1000))}"
    store.runs.start(
        Run(id=run_id, action=action, scope=scope, actor="ada", started_at=MONDAY, plan="")
    )
    store.runs.note(run_id, outcomes)


def test_the_newest_outcome_of_each_learner_is_seen_whole(store, history):
    note(store, GRADE, HW1, Outcome.failed("ada", "first"), KILLED, Outcome.skipped("eve", "none"))
    note(store, GRADE, HW1, Outcome.done("ada", "9 of 10", kind="again"))
    note(store, COLLECT, HW1, Outcome.failed("ada", "of another action"))
    note(store, GRADE, HW2, Outcome.failed("ada", "of another assignment"))

    assert history.latest_outcomes(GRADE, HW1) == {
        "ada": Outcome.done("ada", "9 of 10", kind="again"),
        "zoë": KILLED,
        "eve": Outcome.skipped("eve", "none"),
    }
    assert history.latest_outcomes(GRADE, "course/py/hw3") == {}


def test_the_failures_that_stand_are_seen_by_assignment(store, history):
    note(store, GRADE, HW1, Outcome.failed("ada", "first"), KILLED)
    note(store, GRADE, HW1, Outcome.done("ada"))
    note(store, GRADE, HW2, Outcome.failed("ada", "no"))
    note(store, GRADE, "course/other/hw1", Outcome.failed("ada", "of another course"))

    assert history.latest_failures(GRADE, [HW1, HW2, "course/py/hw3"]) == {
        HW1: {"zoë": KILLED},
        HW2: {"ada": Outcome.failed("ada", "no")},
    }
    assert history.latest_failures(GRADE, []) == {}


def test_whose_feedback_is_newer_than_the_grade_is_seen(store, history):
    note(store, GRADE, HW1, *map(Outcome.done, ("ada", "bob", "cyd", "dan")))
    note(store, "feedback", HW1, *map(Outcome.done, ("ada", "bob", "eve")))
    note(store, "feedback", HW1, Outcome.failed("cyd", "no"))
    note(store, GRADE, HW1, Outcome.done("bob"), Outcome.skipped("ada", "has its grade"))
    note(store, "feedback", HW2, Outcome.done("dan"))

    seen = history.up_to_date("feedback", GRADE, [HW1, "course/py/hw3"])

    assert seen == {HW1: {"ada", "eve"}}
    assert history.up_to_date("feedback", GRADE, []) == {}


def test_a_name_that_is_no_utf8_is_seen_as_it_was_kept(store, history):
    note(store, GRADE, HW1, Outcome.done("caf\udce9"), Outcome.done("nul\0nul"))

    assert set(history.latest_outcomes(GRADE, HW1)) == {"caf\\udce9", "nul\\x00nul"}


def test_extensions_are_seen_in_utc_to_the_microsecond(store, history):
    nepal = timezone(timedelta(hours=5, minutes=45))
    until = datetime(2026, 3, 9, 23, 59, 59, 999999, tzinfo=nepal)
    store.collections.extend("py", "hw1", "ada", MONDAY, MONDAY)
    store.collections.extend("py", "hw1", "ada", until, MONDAY)
    store.collections.extend("py", "hw1", "bob", MONDAY, MONDAY)
    store.collections.extend("py", "hw2", "ada", MONDAY + HOUR, MONDAY)

    found = history.extensions("py", "hw1")

    assert found == {"ada": until, "bob": MONDAY}
    assert {it.utcoffset() for it in found.values()} == {timedelta(0)}
    assert history.extensions("other", "hw1") == {}


def test_a_look_does_without_sqlalchemy(store, folder):
    look = (
        "import sys; from pathlib import Path; "
        "from courseops.adapters.history.looking import FileHistory; "
        "history = FileHistory(Path(sys.argv[1])); assert history.is_current(); "
        "history.latest_outcomes('a', 'b'); sys.exit('sqlalchemy' in sys.modules)"
    )
    args = [sys.executable, "-c", look, str(folder / DATABASE)]
    subprocess.run(args, check=True, timeout=60)


def test_a_file_that_this_version_wrote_is_current(store, looking):
    assert looking.is_current()


@pytest.mark.parametrize("version", ["9999", revisions()[0]])
def test_a_file_of_another_version_is_not_current(store, folder, looking, version):
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))

    assert not looking.is_current()


@pytest.mark.parametrize("content", [b"", b"Dear diary, " * 100])
def test_a_file_without_our_tables_is_not_current(folder, looking, content):
    folder.mkdir()
    (folder / DATABASE).write_bytes(content)

    assert not looking.is_current()
    with pytest.raises(CourseOpsError, match="our database cannot be read"):
        looking.latest_outcomes(GRADE, HW1)


def test_a_file_that_is_not_there_is_not_current_and_a_look_does_not_make_it(folder, looking):
    folder.mkdir()

    assert not looking.is_current()
    for ask in (
        lambda: looking.latest_outcomes(GRADE, HW1),
        lambda: looking.latest_failures(GRADE, [HW1]),
        lambda: looking.extensions("py", "hw1"),
    ):
        with pytest.raises(CourseOpsError, match="our database cannot be read"):
            ask()
    assert list(folder.iterdir()) == []


@pytest.fixture
def site(tmp_path, folder):
    config = tmp_path / "config.toml"
    config.write_text(config_text({"state": str(folder)}, {}, {}))
    opened = Site(load_config(config), actor="tests", progress=SilentProgress())
    yield opened
    opened.close()


def test_a_site_looks_into_a_current_file_itself(store, site):
    note(store, GRADE, HW1, KILLED)

    assert isinstance(site.history, FileHistory)
    assert site.history.latest_outcomes(GRADE, HW1) == {"zoë": KILLED}


def test_a_site_without_a_file_makes_one(folder, site):
    assert site.history.latest_outcomes(GRADE, HW1) == {}
    assert FileHistory(folder / DATABASE).is_current()


def test_a_site_brings_an_older_file_up_to_date_before_it_looks(folder, site):
    with open_store_in(folder) as store:
        note(store, GRADE, HW1, KILLED)
    engine = create_engine(URL.create("sqlite", database=str(folder / DATABASE)))
    with engine.begin() as connection:
        command.downgrade(migrations(connection), revisions()[-2])
    engine.dispose()

    assert not FileHistory(folder / DATABASE).is_current()
    assert site.history.latest_outcomes(GRADE, HW1) == {"zoë": KILLED}
    assert FileHistory(folder / DATABASE).is_current()
