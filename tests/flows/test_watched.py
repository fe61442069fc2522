"""A daemon as those see it who watch over it: systemd, Prometheus, a dead-man service, its log."""

import json
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from courseops.adapters.store import open_store_in
from tests.support.backup import PASSWORD, make_home
from tests.support.command import PROGRAM
from tests.support.notices import SECRET_PATH

pytestmark = [pytest.mark.restic, pytest.mark.timeout(300)]

JOB = """
description = "Back up"
action = "backup"
schedule = { cron = "30 2 * * *" }
"""
ENOUGH_SECONDS = 60.0


def awaited(what):
    """Ask until there is an answer, as a person who waits would."""
    until = time.monotonic() + ENOUGH_SECONDS
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"it never came: {what()!r}")


class Watched:
    """A daemon that runs, what systemd has heard of it, and its log."""

    def __init__(self, desk, systemd):
        self.desk = desk
        self.systemd = systemd
        self.log = desk.folder / "daemon.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "daemon"],
                env=desk.environment(NOTIFY_SOCKET=str(desk.folder / "systemd")),
                cwd=desk.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def said(self, event):
        return [line for line in self.lines() if line["event"] == event]

    def heard(self, word):
        """Wait until systemd hears a word; give its status line, if it has one."""
        while True:
            found = self.systemd.recv(4096).decode().split("\n")
            if word in found:
                return "".join(it for it in found if it.startswith("STATUS="))

    def ask(self, path):
        (line,) = awaited(lambda: self.said("health is answered"))
        with httpx.Client(trust_env=False, timeout=30) as client:
            return client.get(f"http://{line['listen']}{path}")

    def figures(self):
        page = self.ask("/metrics")
        assert page.status_code == 200, page.text
        families = text_string_to_metric_families(page.text)
        return {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in families
            for sample in family.samples
        }


@pytest.fixture
def site(desk, hook, require, empty_restic):
    """A hub that does not answer, with homes and a repository, and one job of its own."""
    require("restic", shutil.which("restic"))
    shutil.copytree(empty_restic, desk.folder / "backup")
    make_home(desk.folder / "homes", "ada", {"notes.txt": "n"})
    desk.write("campus.token", "a-token-of-the-hub", mode=0o600)
    desk.write("backup.password", PASSWORD, mode=0o600)
    desk.write("ping", f"http://127.0.0.1:{hook.port}{SECRET_PATH}", mode=0o600)
    (desk.folder / "jobs").mkdir()
    desk.write("jobs/nightly.toml", JOB)
    backup = {"repository": "backup", "password": {"file": "backup.password"}}
    hub = {
        "url": "http://127.0.0.1:1",
        "token": {"file": "campus.token"},
        "homes": f"{desk.folder}/homes/{{username}}",
        "backup": backup,
    }
    desk.configure(hubs={"campus": hub})
    text = desk.config.read_text()
    desk.write(
        "config.toml",
        f'jobs = "jobs"\n{text}\n[daemon]\nlisten = "127.0.0.1:0"\n'
        'pings = { nightly = { file = "ping" } }\n',
    )
    return desk


@contextmanager
def daemon_of(desk):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(desk.folder / "systemd"))
        systemd.settimeout(ENOUGH_SECONDS)
        watched = Watched(desk, systemd)
        try:
            yield watched
        finally:
            watched.process.kill()
            watched.process.wait()


def test_systemd_hears_all_that_it_acts_on(site):
    with daemon_of(site) as daemon:
        daemon.heard("READY=1")
        assert "waiting, next" in daemon.heard("WATCHDOG=1") or daemon.heard("WATCHDOG=1")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.heard("RELOADING=1")
        daemon.heard("READY=1")

        site.write("config.toml", "this is no TOML")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.heard("RELOADING=1")
        assert "reload: " in daemon.heard("READY=1")
        assert daemon.ask("/healthz").text == "ok\n"
        ready = daemon.ask("/readyz")
        assert ready.status_code == 503
        assert "reload: " in ready.text

        daemon.process.terminate()
        daemon.heard("STOPPING=1")
        assert daemon.process.wait(60) == 0


def test_a_missed_run_is_counted_and_pinged_and_every_line_can_be_read(site, hook):
    with open_store_in(site.folder / "state") as store:
        store.slots.known_since(["nightly"], datetime.now(UTC) - timedelta(days=3))
    with daemon_of(site) as daemon:
        counted = ("courseops_job_runs_total", "done", "nightly")
        awaited(lambda: len(hook.asked) >= 2)
        assert hook.asked == [f"{SECRET_PATH}/start", SECRET_PATH]
        awaited(lambda: daemon.figures().get(counted) == 1)
        found = daemon.figures()
        assert daemon.ask("/readyz").text == "ok\n"
        assert daemon.ask("/nothing").status_code == 404
        daemon.process.terminate()
        assert daemon.process.wait(60) == 0
        lines = daemon.lines()

    assert found["courseops_daemon_active",] == 1
    assert found["courseops_job_runs_total", "failed", "nightly"] == 0
    assert 0 <= found["courseops_job_last_good_age_seconds", "nightly"] < 600
    assert 0 <= found["courseops_backup_age_seconds", "campus"] < 600
    assert found["courseops_plans_held",] == 0
    assert found["process_open_fds",] > 0
    for line in lines:
        assert {"event", "action", "level", "timestamp"} <= line.keys(), line
    assert all("run" in line for line in lines if line["event"].startswith("run "))
    kept = [
        *(site.folder / "state" / "logs").glob("*"),
        daemon.log,
    ]
    # A sample may have been due meanwhile: it has a log of its own.
    assert len(kept) >= 2
    for file in kept:
        said = file.read_text()
        for secret in ("a-token-of-the-hub", PASSWORD, SECRET_PATH):
            assert secret not in said, file


def test_every_line_of_a_job_s_run_has_its_id(site):
    done = site.run("job", "run", "nightly", "--json", "--verbose")
    assert done.code == 0, done.err
    # A person reads along how far it is, beside the log.
    lines = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    ours = done.document["run"]
    assert lines
    assert {line.get("within", line["run"]) for line in lines} == {ours}
    assert {line["job"] for line in lines} == {"nightly"}
    assert all("action" in line for line in lines)


def test_a_ping_for_a_job_that_is_not_there_is_refused_at_the_start(site):
    text = site.config.read_text()
    site.write("config.toml", text.replace("pings = { nightly =", "pings = { nihgtly ="))
    done = site.run("daemon", "--json")
    assert done.code == 10
    assert "nihgtly" in done.document["error"]


def test_where_it_cannot_listen_it_works_on_and_says_so(site):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = site.config.read_text()
        site.write("config.toml", text.replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        with daemon_of(site) as daemon:
            line = awaited(lambda: daemon.said("trouble"))[0]
            assert "cannot answer at" in line["error"]
            assert "[daemon]" in line["hint"]
            daemon.process.terminate()
            assert daemon.process.wait(60) == 0
            assert len(daemon.said("trouble")) == 1
