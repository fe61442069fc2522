"""A status is one screen, and loads no more than it needs for that."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.standing_note import StandingNote
from courseops.adapters.store import open_store_in
from courseops.model.jobs.slot import Slot
from courseops.model.jobs.standing import Standing
from courseops.model.run import Ending, Run

SLOW = (
    "alembic", "asyncio", "cronsim", "httpx", "jinja2", "nbgrader", "sqlalchemy",
    "courseops.wiring.jobs", "courseops.ports.records",
)  # fmt: skip
LOOK = f"""
import sys
from courseops.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print("loaded:", *sorted(set(sys.modules).intersection({SLOW})), file=sys.stderr)
"""
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def site(desk):
    """Give a desk with a plan that waits, a job that ran, and a daemon that says what is next."""
    desk.configure(hubs={})
    with open_store_in(desk.folder / "state") as store:
        held = Run(
            id="held1", action="roster-apply", scope="course/py", actor="ada", started_at=NOW
        )
        store.runs.start(held)
        store.runs.end(held.id, Ending.HELD, NOW, "12 of 20 would be dropped")
        run = Run(id="run1", action="a", scope="job/nightly", actor="daemon", started_at=NOW)
        store.slots.claim(Slot(job="nightly", due_at=NOW), run, "me", NOW + timedelta(hours=1))
        store.slots.finish(run.id, "me", Ending.DONE, NOW + timedelta(seconds=42))
    daemon = Standing(beat_at=NOW + timedelta(hours=1), coming={"nightly": NOW})
    StandingNote(desk.folder / "state/daemon.json").leave(daemon)
    return desk


def test_a_status_loads_nothing_that_is_slow_to_load(site):
    args = [sys.executable, "-c", LOOK, "status", "--config", str(site.config)]
    found = subprocess.run(args, capture_output=True, text=True, timeout=120, check=True)

    assert "roster-apply waits for approval" in " ".join(found.stdout.split())
    assert found.stderr.strip() == "loaded:"


def test_a_status_has_all_of_it_on_one_screen(site):
    said = site.run("status", "--config", str(site.config))

    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    assert "the daemon: 0 running, 0 waiting, next nightly" in words
    assert "12 of 20 would be dropped" in words
    assert "courseops job show held1, then job approve or job reject" in words
    assert "done 42 s" in words
    assert len(said.out.splitlines()) < 24


def test_a_status_is_one_document_too(site):
    document = json.loads(site.run("status", "--config", str(site.config), "--json").out)

    assert (document["schema"], document["version"]) == ("courseops/status", 2)
    assert [run["id"] for run in document["held"]] == ["held1"]
    (job,) = document["jobs"]
    assert (job["name"], job["last"]["id"]) == ("nightly", "run1")
    assert document["daemon"]["coming"].keys() == {"nightly"}
