"""Signs of life: what each dead-man service takes, and that one which fails stops nothing."""

import json

import pytest
import structlog

from courseops.actions.jobs.pinging import ping
from courseops.adapters.dead_man import HttpDeadMan
from courseops.adapters.memory.liveness import MemoryDeadMan
from courseops.cli.logs import configure_logs
from courseops.errors import ConfigError, RefusedError, UnreachableError
from courseops.events import log
from courseops.model.jobs.ping import Ping, ping_after
from courseops.model.run import Ending
from tests.support.notices import NOBODYS_PORT, dripping

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


def test_a_sign_that_is_not_taken_is_logged_and_stops_nothing(service, capsys):
    structlog.reset_defaults()
    configure_logs(verbose=False)
    log.cache_clear()
    _, away, _ = service
    ping(away, Ping.FAILURE, "job/nightly-backup")
    structlog.reset_defaults()

    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (line["action"], line["sign"], line["subject"]) == (
        "ping", "failure", "job/nightly-backup",
    )  # fmt: skip
    assert "does not answer" in line["error"]
    assert SECRET not in json.dumps(line)


def test_where_nobody_wants_signs_none_is_given():
    ping(None, Ping.START, "daemon")


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
