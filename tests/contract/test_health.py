"""The daemon's web server, asked by a real client."""

import json
import socket
import threading
from http import HTTPStatus

import httpx
import pytest
import structlog

from courseops.cli.logs import configure_logs
from courseops.daemon.health import HealthServer
from courseops.daemon.pages import Page
from courseops.errors import CourseOpsError, UnreachableError
from courseops.events import log


def fail():
    raise UnreachableError("the database does not answer")


def blunder():
    raise ZeroDivisionError("a fault of ours")


PAGES = {
    "/healthz": lambda: Page(text=b"ok\n"),
    "/readyz": lambda: Page(text=b"no\n", status=HTTPStatus.SERVICE_UNAVAILABLE),
    "/failing": fail,
    "/faulty": blunder,
}


@pytest.fixture(params=["127.0.0.1", "::1"])
def server(request):
    with HealthServer(request.param, 0, PAGES) as made:
        made.url = f"http://{f'[{request.param}]' if ':' in request.param else request.param}"
        made.url += f":{made.port}"
        yield made


def ask(server, path, method="GET"):
    with httpx.Client(trust_env=False, timeout=10) as client:
        return client.request(method, server.url + path)


def test_each_page_is_answered_with_its_own_status(server):
    found = ask(server, "/healthz")
    assert (found.status_code, found.text) == (200, "ok\n")
    assert found.headers["Content-Type"].startswith("text/plain")
    assert (ask(server, "/readyz").status_code, ask(server, "/readyz").text) == (503, "no\n")


def test_a_question_behind_the_path_changes_nothing(server):
    assert ask(server, "/healthz?verbose=1").status_code == 200


def test_an_unknown_path_says_which_there_are(server):
    found = ask(server, "/etc/passwd")
    assert found.status_code == 404
    assert "/healthz" in found.text


def test_only_looking_is_allowed(server):
    assert ask(server, "/healthz", "HEAD").status_code == 200
    assert ask(server, "/healthz", "HEAD").text == ""
    assert ask(server, "/healthz", "POST").status_code == 501


def test_what_cannot_be_read_is_said_and_the_next_page_comes(server):
    found = ask(server, "/failing")
    assert (found.status_code, found.text) == (503, "the database does not answer\n")
    assert ask(server, "/healthz").status_code == 200


def test_a_fault_of_ours_is_logged_with_its_place_and_not_shown(server, capsys):
    structlog.reset_defaults()
    configure_logs(verbose=False)
    log.cache_clear()
    found = ask(server, "/faulty")
    structlog.reset_defaults()
    assert found.status_code == 500
    assert "ZeroDivisionError" not in found.text
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (line["action"], line["page"]) == ("health", "/faulty")
    assert "ZeroDivisionError: a fault of ours" in line["exception"]


def test_somebody_who_says_nothing_keeps_nobody_waiting():
    with (
        HealthServer("127.0.0.1", 0, PAGES) as server,
        socket.create_connection(("127.0.0.1", server.port)),
        socket.create_connection(("127.0.0.1", server.port)),
    ):
        server.url = f"http://127.0.0.1:{server.port}"
        assert ask(server, "/healthz").status_code == 200


def test_a_place_that_is_taken_is_an_error_that_says_what_to_do():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CourseOpsError, match="cannot answer at") as raised,
    ):
        HealthServer("127.0.0.1", taken.getsockname()[1], PAGES)
    assert "[daemon]" in raised.value.hint


def test_when_it_is_closed_nothing_of_it_is_left():
    before = threading.active_count()
    server = HealthServer("127.0.0.1", 0, PAGES)
    port = server.port
    server.close()
    server.close()
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_the_next_daemon_answers_at_once_where_the_last_one_did():
    with HealthServer("127.0.0.1", 0, PAGES) as last:
        port = last.port
        # It hangs up first, which the kernel remembers of the address for a minute.
        with socket.create_connection(("127.0.0.1", port), timeout=5) as asking:
            asking.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            while asking.recv(4096):
                pass
    with HealthServer("127.0.0.1", port, PAGES) as new:
        assert new.port == port
