"""`courseops web` as a program: it answers, says so, reads its files anew, and ends well."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from courseops.adapters.service_manager import SOCKET
from tests.support.command import PROGRAM
from tests.support.daemons import RunningDaemon, wait_for

NOBODY = "http://127.0.0.1:1"
SECRET = "feed" * 16


def free_ports(count):
    with bound(count) as sockets:
        return [it.getsockname()[1] for it in sockets]


@contextmanager
def bound(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for it in sockets:
            it.bind(("127.0.0.1", 0))
        yield sockets
    finally:
        for it in sockets:
            it.close()


@pytest.fixture
def manager(tmp_path):
    """Give a socket as systemd opens one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.settimeout(60)
        server.bind(str(tmp_path / "notify"))
        yield server


def heard(server):
    return server.recv(4096).decode()


class Site:
    """Two hubs that do not answer, with a page each."""

    def __init__(self, desk):
        self.desk = desk
        self.ports = free_ports(2)
        desk.write("page.token", SECRET, mode=0o600)
        self.configure()

    def configure(self, name="School"):
        hubs = {
            hub: {
                "url": f"{NOBODY}/{hub}",
                "token": {"file": "page.token"},
                "web": {"secret": {"file": "page.token"}, "listen": f"127.0.0.1:{port}"},
            }
            for hub, port in zip(("campus", "lab"), self.ports, strict=True)
        }
        self.desk.configure(hubs=hubs, name=name)

    def link(self, number, path=""):
        name = ("campus", "lab")[number]
        return f"http://127.0.0.1:{self.ports[number]}/{name}/services/courseops-page{path}"

    @contextmanager
    def serving(self, *command, **more):
        log = self.desk.folder / "web.log"
        with log.open("wb") as said:
            process = psutil.Popen(
                command or [PROGRAM, "web", "--json"],
                env=self.desk.environment(**more),
                cwd=self.desk.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        web = RunningDaemon(process, log)
        try:
            web.wait_until_it_says("pages are served")
            yield web
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(30)
            process.stdout.close()


@pytest.fixture
def site(desk):
    return Site(desk)


def ask(*args, **more):
    with httpx.Client(trust_env=False, timeout=30) as client:
        return client.get(*args, **more)


def test_each_hub_has_its_page_at_its_own_address_and_the_end_is_a_good_one(site):
    with site.serving() as web:
        for number in range(2):
            answer = ask(site.link(number, "/"))
            assert answer.status_code == 302
            name = ("campus", "lab")[number]
            assert answer.headers["location"].startswith(f"/{name}/hub/api/oauth2/authorize?")
            assert ask(f"http://127.0.0.1:{site.ports[number]}/healthz").text == "ok\n"
        assert ask(site.link(1).replace("lab", "campus")).status_code == 404
        assert web.end() == 0
        document = json.loads(web.process.stdout.read())
    assert document["hubs"] == {
        name: f"127.0.0.1:{port}" for name, port in zip(("campus", "lab"), site.ports, strict=True)
    }
    assert SECRET not in web.log.read_text()


def test_systemd_hears_when_it_is_ready_when_it_reloads_and_when_it_ends(site, manager):
    more = {SOCKET: manager.getsockname()}
    with site.serving(**more) as web:
        assert heard(manager).startswith("READY=1\nSTATUS=pages of campus, lab")
        web.send(signal.SIGHUP)
        assert heard(manager).startswith("RELOADING=1")
        assert heard(manager).startswith("READY=1")
        assert web.end() == 0
        last = heard(manager)
        while last.startswith("WATCHDOG"):
            last = heard(manager)
        assert last == "STOPPING=1"


def test_where_somebody_else_listens_it_says_so_and_serves_nothing(site):
    with bound(1) as (taken,):
        taken.listen()
        site.ports[1] = taken.getsockname()[1]
        site.configure()
        said = site.desk.run("web")
    assert said.code == 1
    assert f"cannot answer at 127.0.0.1:{site.ports[1]}" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("two at one", "two hubs have their page at"),
        ("none", "no hub has a page"),
        ("open secret", "can be read by everyone"),
        ("no secret", "page.token"),
    ],
)
def test_what_cannot_be_served_is_said(site, wrong, why):
    if wrong == "two at one":
        site.ports[1] = site.ports[0]
        site.configure()
    elif wrong == "none":
        site.desk.configure(hubs={"a": {"url": NOBODY, "token": {"file": "page.token"}}})
    elif wrong == "open secret":
        (site.desk.folder / "page.token").chmod(0o644)
    else:
        (site.desk.folder / "page.token").unlink()
    said = site.desk.run("web")
    assert said.code == 10, said.err
    assert why in said.err
    assert SECRET not in said.err


def test_sighup_takes_up_what_is_valid_and_keeps_what_was_before_if_not(site):
    with site.serving() as web:
        site.desk.config.write_text("[hubs.campus]\nurl = 7\n")
        web.send(signal.SIGHUP)
        said = web.wait_until_it_says("the configuration stays as it was")
        assert "url" in said["error"]
        assert ask(site.link(0, "/")).status_code == 302

        site.ports.reverse()
        site.configure()
        web.send(signal.SIGHUP)
        said = web.wait_until_it_says("the configuration stays as it was", 2)
        assert "`listen`, was changed" in said["error"]
        site.ports.reverse()

        site.configure("École")
        web.send(signal.SIGHUP)
        web.wait_until_it_says("pages reloaded")
        assert "École" in ask(site.link(0, "/nowhere")).text
        assert web.end(signal.SIGINT) == 0


# A page whose errand takes its time: it is sent off as soon as the page is served.
WITH_ERRAND = """
import sys, time
from pathlib import Path
from courseops.cli.main import main
from courseops.web import serving
from courseops.web.memory.errands import Errand

made = serving.pages_of
folder, grace_seconds = Path(sys.argv.pop(1)), float(sys.argv.pop(1))


def act(_site):
    (folder / "begun").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)
    (folder / "done").touch()
    return "done"


def with_errand(page):
    errand = Errand(who="alice", title="work that takes long", back="/")
    page.errands._grace_seconds = grace_seconds
    page.errands.send(errand, lambda progress: page.open_site("alice", progress), act)
    serving.pages_of = made
    return made(page)


serving.pages_of = with_errand
sys.exit(main())
"""


def with_errand(site, grace_seconds):
    command = [sys.executable, "-c", WITH_ERRAND, str(site.desk.folder), grace_seconds, "web"]
    return site.serving(*command)


def test_work_that_is_underway_is_ended_before_the_program_is(site):
    folder = Path(site.desk.folder)
    with with_errand(site, "60") as web:
        wait_for((folder / "begun").exists)
        web.send(signal.SIGTERM)
        web.wait_until_it_says("pages end")
        assert web.process.poll() is None
        (folder / "go").touch()
        assert web.process.wait(60) == 0
    assert (folder / "done").exists()


def test_work_that_does_not_end_holds_the_program_up_for_a_while_only(site):
    with with_errand(site, "0.2") as web:
        wait_for((Path(site.desk.folder) / "begun").exists)
        assert web.end() == 0
        (cut,) = web.events("errands are cut off; what they did is on record")
    assert cut["errands"] == ["work that takes long"]


def test_who_dawdles_or_says_too_much_is_hung_up_on(site):
    """A caller is given ten seconds for the head of a request, however it trickles in."""
    path = f"/campus/services/courseops-page/{'x' * 20_000}"
    with site.serving():
        with socket.create_connection(("127.0.0.1", site.ports[0]), timeout=60) as caller:
            caller.sendall(f"GET {path} HTTP/1.1\r\n".encode())
            assert caller.recv(100).startswith(b"HTTP/1.1 400")
        for begun in (b"", b"GET / HTTP/1.1\r\nHost: "):
            with socket.create_connection(("127.0.0.1", site.ports[0]), timeout=60) as caller:
                caller.sendall(begun)
                assert caller.recv(100) == b""


def test_more_callers_than_any_school_has_at_once_are_sent_away_and_come_back(site):
    with site.serving():
        callers = [
            socket.create_connection(("127.0.0.1", site.ports[0]), timeout=60) for _ in range(210)
        ]
        try:
            assert ask(site.link(0, "/")).status_code == 503
        finally:
            for it in callers:
                it.close()
        wait_for(lambda: ask(site.link(0, "/")).status_code == 302)
