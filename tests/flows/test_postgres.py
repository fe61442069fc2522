"""A site whose records are in PostgreSQL, named by reference."""

import os

import pytest

from courseops.adapters.store import open_store
from courseops.errors import LockedError

pytestmark = [pytest.mark.postgres, pytest.mark.hub]


@pytest.fixture
def site(desk, start_hub, fresh, postgres):
    """A site with a class list, a real hub, and a database of its own."""
    hub = start_hub("6")
    desk.course = fresh("py")
    desk.write("campus.token", hub.token, mode=0o600)
    desk.write("class.csv", f"username,email\n{fresh('ada')},\n")
    desk.configure(
        hubs={"campus": {"url": hub.url, "token": {"file": "campus.token"}}},
        courses={desk.course: {"hub": "campus", "roster": {"csv": "class.csv"}}},
        database={"env": "COURSEOPS_DATABASE"},
    )
    desk.database = postgres.new_database()
    return desk


def test_runs_and_enrolments_are_kept_there(site):
    applied = site.run("roster", "apply", site.course, "--yes", COURSEOPS_DATABASE=site.database)
    assert applied.code == 0, applied.err
    history = site.run("job", "history", "--json", COURSEOPS_DATABASE=site.database)
    assert [run["ending"] for run in history.document["runs"]] == ["done"]
    assert not list(site.folder.rglob("*.sqlite"))


def test_who_is_at_work_on_another_machine_is_at_work_here_too(site):
    with open_store(site.database) as elsewhere, elsewhere.locks.hold(f"course/{site.course}"):
        said = site.run("roster", "apply", site.course, "--yes", COURSEOPS_DATABASE=site.database)
    assert said.code == LockedError.exit_code
    assert f"process {os.getpid()} on {os.uname().nodename}" in said.err
    applied = site.run("roster", "apply", site.course, "--yes", COURSEOPS_DATABASE=site.database)
    assert applied.code == 0, applied.err


def test_a_database_that_does_not_answer_is_13_without_its_password(site):
    url = "postgresql://courseops:s3cret@127.0.0.1:1/courseops"
    said = site.run("status", COURSEOPS_DATABASE=url)
    assert said.code == 13
    assert "hint: " in said.err
    assert "s3cret" not in said.err + said.out
