"""The installed daemon as its operators see it: at its second, on signals, beside a second one."""

import signal
from datetime import UTC, datetime, timedelta

import pytest

from courseops.model.run import Ending
from tests.support.daemons import DaemonDesk, wait_for

pytestmark = pytest.mark.xdist_group("daemons")

SAMPLE = "usage-sample"
EACH_MINUTE = "every_minutes = 1"


def configure(keeper: DaemonDesk, url: str = "http://127.0.0.1:1", token: str = "unused") -> None:
    keeper.desk.write("campus.token", token, mode=0o600)
    keeper.desk.configure(hubs={"campus": {"url": url, "token": {"file": "campus.token"}}})
    keeper.configure()


@pytest.fixture
def idle(keeper):
    """Give a desk whose hub does not answer, and whose daemon has nothing to do this year."""
    configure(keeper)
    keeper.define(SAMPLE, SAMPLE)
    return keeper


@pytest.mark.hub
def test_a_job_runs_at_its_second_on_a_real_hub_and_once(keeper, start_hub):
    hub = start_hub("6")
    configure(keeper, hub.url, hub.tokens["courseops"])
    keeper.define(SAMPLE, SAMPLE, EACH_MINUTE)
    daemon = keeper.daemon()
    daemon.wait_until_it_says("daemon started")
    run = keeper.run_of(SAMPLE, Ending.DONE)
    assert run.due_at.second == 0
    assert timedelta() <= run.started_at - run.due_at < timedelta(seconds=5)
    assert len(keeper.runs(SAMPLE)) == 1
    (sample,) = keeper.store.usage.samples("campus", run.due_at, datetime.now(UTC))
    assert sample.ok
    assert daemon.end() == 0


def test_what_is_run_is_what_the_daemon_read_until_it_is_told_to_read_anew(idle):
    daemon = idle.daemon()
    daemon.wait_until_it_says("daemon started")
    idle.define("broken", "no-such-action")
    idle.desk.config.write_text("[hubs")
    idle.miss(SAMPLE)
    daemon.send(signal.SIGHUP)
    trouble = daemon.wait_until_it_says("trouble")
    assert trouble["about"] == "reload"
    assert "config.toml: whole file: is not TOML" in trouble["error"]

    configure(idle)
    daemon.send(signal.SIGHUP)
    wait_for(lambda: "broken.toml: action" in str(daemon.said))
    # It works as before, and a run of its own is not misled by files that are wrong either.
    assert daemon.process.poll() is None
    idle.store.slots.known_since(["extra"], datetime.now(UTC) - timedelta(days=400))
    (idle.jobs / "broken.toml").unlink()
    idle.define("extra", SAMPLE)
    daemon.send(signal.SIGHUP)
    daemon.wait_until_it_says("daemon reloaded")
    assert [it["about"] for it in daemon.events("trouble is over")] == ["reload"]
    assert idle.run_of("extra", Ending.INCOMPLETE).actor.startswith("daemon on ")
    assert daemon.end() == 0


def test_a_run_does_what_its_daemon_read_whatever_became_of_the_files_since(idle):
    idle.miss(SAMPLE)
    # The run is begun at once, and reads neither of them.
    daemon = idle.daemon()
    wait_for(lambda: idle.runs(SAMPLE))
    idle.desk.config.write_text("[hubs")
    idle.define(SAMPLE, "no-such-action")
    assert idle.run_of(SAMPLE, Ending.INCOMPLETE).error == ""
    assert daemon.end() == 0


def test_what_cannot_be_another_while_it_runs_is_refused(idle):
    daemon = idle.daemon()
    daemon.wait_until_it_says("daemon started")
    idle.desk.configure(hubs={}, state="elsewhere")
    idle.configure()
    daemon.send(signal.SIGHUP)
    trouble = daemon.wait_until_it_says("trouble")
    assert "site.state was changed" in trouble["error"]
    assert "restart the daemon" in trouble["hint"]
    assert daemon.end() == 0


def test_a_second_daemon_stands_by_until_the_first_is_killed(idle):
    first = idle.daemon()
    first.wait_until_it_says("daemon started")
    # The second knows of a job that the first has not read.
    idle.define("extra", SAMPLE)
    idle.miss("extra")
    second = idle.daemon()
    second.wait_until_it_says("daemon stands by")
    first.process.kill()
    first.process.wait(30)
    idle.run_of("extra", Ending.INCOMPLETE)
    assert second.events("daemon takes over")
    assert (
        second.events("run started")[0]["timestamp"]
        > second.events("daemon takes over")[0]["timestamp"]
    )
    assert first.events("run started") == []
    assert second.end() == 0


def test_all_that_is_wrong_is_said_before_anything_starts(idle):
    idle.define("one", "no-such-action")
    idle.define("two", SAMPLE, 'cron = "0 0 * * 1"')
    said = idle.desk.run("daemon")
    assert said.code == 10
    assert "one.toml: action" in said.err
    assert "two.toml: schedule.cron: must name its weekdays" in said.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_it_is_told_to(idle, number):
    daemon = idle.daemon()
    daemon.wait_until_it_says("daemon started")
    assert daemon.end(number) == 0
    assert daemon.said[-1]["event"] == "daemon ended"
