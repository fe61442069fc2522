"""What systemd is told, by a socket as it opens one: https://systemd.io/ENVIRONMENT/."""

import os
import socket
import subprocess
import sys

import pytest

from courseops.adapters.service_manager import SOCKET, SystemdManager


@pytest.fixture(params=["a file", "an abstract name"])
def listening(request, tmp_path):
    """Give a socket as systemd has it, and its address."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.settimeout(10)
        if request.param == "a file":
            address = str(tmp_path / "notify")
            server.bind(address)
        else:
            address = f"@courseops-test-{os.getpid()}-{tmp_path.name}"
            server.bind(f"\0{address[1:]}")
        yield server, address


def heard(server):
    return server.recv(4096).decode().split("\n")


def test_each_word_arrives_as_systemd_reads_it(listening):
    server, address = listening
    manager = SystemdManager(address)

    manager.ready("2 jobs")
    assert heard(server) == ["READY=1", "STATUS=2 jobs"]
    manager.alive("1 running")
    assert heard(server) == ["WATCHDOG=1", "STATUS=1 running"]
    manager.reloading()
    word, moment = heard(server)
    assert word == "RELOADING=1"
    assert int(moment.removeprefix("MONOTONIC_USEC=")) > 0
    manager.stopping()
    assert heard(server) == ["STOPPING=1"]


def test_a_status_of_several_lines_stays_on_its_own(listening):
    server, address = listening
    SystemdManager(address).alive("config.toml is wrong:\nSTOPPING=1\nno such hub")
    assert heard(server) == [
        "WATCHDOG=1",
        "STATUS=config.toml is wrong: STOPPING=1 no such hub",
    ]


def test_without_a_manager_nothing_is_said_and_nothing_fails():
    SystemdManager("").ready("alone")


def test_one_that_does_not_listen_stops_nobody(tmp_path):
    SystemdManager(str(tmp_path / "nobody")).alive("still here")


def test_what_we_start_is_not_told_of_the_manager(listening, monkeypatch):
    server, address = listening
    monkeypatch.setenv(SOCKET, address)
    manager = SystemdManager.of_this_process()
    manager.stopping()
    assert heard(server) == ["STOPPING=1"]

    look = f"import os; print(os.environ.get({SOCKET!r}))"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "None"
