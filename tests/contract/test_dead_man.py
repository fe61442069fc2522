"""Signs of life: what each dead-man service takes, and that one which fails stops nothing."""

import json
from datetime import UTC, datetime
from threading import Event

import pytest
import structlog

from courseops.actions.jobs.pinging import JobPings
from courseops.actions.jobs.ports import Claim
from courseops.adapters.dead_man import HttpDeadMan
from courseops.adapters.memory.liveness import MemoryDeadMan
from courseops.adapters.memory.store import MemoryRuns
from courseops.cli.logs import configure_logs
from courseops.errors import ConfigError, RefusedError, UnreachableError
from courseops.events import log
from courseops.model.jobs.job import Job
from courseops.model.jobs.ping import Ping, ping_after
from courseops.model.run import Ending, Run
from tests.support.notices import NOBODYS_PORT, dripping

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "a-check-that-nobody-must-know"


@pytest.fixture(params=["memory", "web"])
def service(request):
    """Give a dead-man service, one that is away, and what the former has heard."""
    if request.param == "memory":
        double = MemoryDeadMan()
        return double, MemoryDeadMan(is_reachable=False), lambda: double.signs
    hook = request.getfixturevalue("hook")
    signs = {"/start": Ping.START, "": Ping.SUCCESS, "/fail": Ping.FAILURE}
    return (
        HttpDeadMan(lambda: f"http://127.0.0.1:{hook.port}/{SECRET}"),
        HttpDeadMan(lambda: f"http://127.0.0.1:{NOBODYS_PORT}/{SECRET}"),
        lambda: [signs[path.removeprefix(f"/{SECRET}")] for path in hook.asked],
    )


def test_each_sign_arrives_once_and_in_order(service):
    dead_man, _, heard = service
    for sign in (Ping.START, Ping.SUCCESS, Ping.FAILURE):
        dead_man.ping(sign)
    assert heard() == [Ping.START, Ping.SUCCESS, Ping.FAILURE]


def test_nobody_there_is_an_error(service):
    _, away, _ = service
    with pytest.raises(UnreachableError):
        away.ping(Ping.START)


def a_run(ending):
    run = Run(
        id="r1", action="backup", scope="job/nightly", actor="daemon", started_at=MONDAY,
        job="nightly", ending=ending,
    )  # fmt: skip
    job = Job(name="nightly", description="", action="backup", cron="0 2 * * *")
    runs = MemoryRuns()
    runs.start(run)
    return Claim(job=job, run=run, owner="me"), runs


@pytest.mark.parametrize("ending", [Ending.DONE, Ending.INCOMPLETE])
def test_a_run_says_that_it_began_and_how_it_ended(service, ending):
    dead_man, _, heard = service
    claim, runs = a_run(ending)
    pings = JobPings({"nightly": dead_man}.get, runs)
    pings.begun(claim)
    pings.ended(claim)
    pings.close()
    assert heard() == [Ping.START, ping_after(ending)]


def test_a_sign_that_is_not_taken_is_logged_and_stops_nothing(service, capsys):
    structlog.reset_defaults()
    configure_logs(verbose=False)
    log.cache_clear()
    _, away, _ = service
    claim, runs = a_run(Ending.FAILED)
    pings = JobPings({"nightly": away}.get, runs)
    pings.ended(claim)
    pings.close()
    structlog.reset_defaults()

    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (line["action"], line["job"], line["run"]) == ("ping", "nightly", "r1")
    assert "does not answer" in line["error"]
    assert SECRET not in json.dumps(line)


def test_no_run_waits_for_a_service_that_does_not_answer():
    let_go = Event()

    class Hanging:
        def ping(self, _sign):
            let_go.wait(60)

    claim, runs = a_run(Ending.DONE)
    pings = JobPings({"nightly": Hanging()}.get, runs)
    pings.begun(claim)
    pings.ended(claim)
    let_go.set()
    pings.close()


def test_a_job_that_nobody_waits_for_gives_no_signs(service):
    _, _, heard = service
    claim, runs = a_run(Ending.DONE)
    pings = JobPings({}.get, runs)
    pings.begun(claim)
    pings.close()
    assert heard() == []


def test_a_query_of_the_address_stays_behind_it(hook):
    HttpDeadMan(lambda: f"http://127.0.0.1:{hook.port}/x/?key=1").ping(Ping.FAILURE)
    assert hook.asked == ["/x/fail?key=1"]


@pytest.mark.parametrize("status", [301, 404, 500])
def test_anything_but_a_success_is_an_error_without_the_address(hook, status):
    hook.status = status
    with pytest.raises(RefusedError, match=f"answered {status}") as raised:
        HttpDeadMan(lambda: f"http://127.0.0.1:{hook.port}/{SECRET}").ping(Ping.START)
    assert SECRET not in f"{raised.value} {raised.value.hint}"


def test_a_service_that_never_comes_to_an_end_is_left():
    with dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ") as port, pytest.raises(UnreachableError):
        HttpDeadMan(lambda: f"http://127.0.0.1:{port}/", deadline_seconds=0.5).ping(Ping.START)


@pytest.mark.parametrize("address", [SECRET, "ftp://example.org/x", "http://", "http://[::1"])
def test_an_address_that_is_none_is_refused_without_being_shown(address):
    with pytest.raises(ConfigError, match="no web address") as raised:
        HttpDeadMan(lambda: address).ping(Ping.START)
    assert address not in f"{raised.value} {raised.value.hint}"


@pytest.mark.parametrize("ending", [it for it in Ending if it is not Ending.RUNNING])
def test_only_a_run_that_is_done_is_a_success(ending):
    assert (ping_after(ending) is Ping.SUCCESS) is (ending is Ending.DONE)
