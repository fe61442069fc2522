"""A private PostgreSQL on a free loopback port, for the length of one test session.

It runs as the user `postgres` when we are root (PostgreSQL refuses root), else as us, in a
folder of its own, without fsync, and dies with the process that started it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.support.programs import Require

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 30


@dataclass
class Cluster:
    """A running server; `new_database` gives the URL of an empty database of its own."""

    port: int
    user: str
    _number: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as session:
            session.execute(statement)

    def new_database(self) -> str:
        name = f"test{next(self._number)}"
        self.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    @contextlib.contextmanager
    def away(self, url: str) -> Iterator[None]:
        """Let nobody in for a while, and turn out who is there."""
        database = sql.Identifier(url.rpartition("/")[2])
        allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
        self.run(allow.format(database, sql.Literal(False)))
        self.end_sessions_of(url)
        try:
            yield
        finally:
            self.run(allow.format(database, sql.Literal(True)))

    def end_sessions_of(self, url: str) -> None:
        database = sql.Literal(url.rpartition("/")[2])
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
        self.run(sql.SQL(ended).format(database))


@pytest.fixture(scope="session")
def postgres(require: Require) -> Iterator[Cluster]:
    require("PostgreSQL's server", program("postgres"))
    with running_cluster() as cluster:
        yield cluster


@contextlib.contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Make a cluster, run it, and leave nothing behind."""
    owner = _server_user()
    # Not pytest's folder: that is closed to other users, and postgres must get in.
    folder = Path(tempfile.mkdtemp(prefix="courseops-postgres-"))
    try:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        _as(
            owner,
            [
                program("initdb"),
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--username=courseops",
                "--pgdata",
                str(folder / "data"),
            ],
        )
        process, port = _start(owner, folder)
        try:
            yield Cluster(port=port, user="courseops")
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def program(name: str) -> str:
    """Find one of PostgreSQL's server programs, or give ""; Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name) or ""


def _server_user() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _identity(owner: pwd.struct_passwd) -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _as(owner: pwd.struct_passwd, args: list[str]) -> None:
    subprocess.run(args, check=True, capture_output=True, cwd="/", timeout=60, **_identity(owner))


def _start(owner: pwd.struct_passwd, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(3):  # someone else may take the port between our look and our use
        port = _free_port()
        args = [
            program("postgres"),
            "-D",
            str(folder / "data"),
            "-k",
            str(folder),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            f"port={port}",
            "-c",
            "fsync=off",
            "-c",
            "logging_collector=off",
            "-c",
            "max_connections=50",
        ]
        if setpriv := shutil.which("setpriv"):
            args = [setpriv, "--pdeathsig", "INT", *args]
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(args, cwd="/", stdout=log, stderr=log, **_identity(owner))
        if _answers(process, port):
            return process, port
        _stop(process)
    pytest.fail("PostgreSQL did not start:\n" + (folder / "log").read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    give_up = time.monotonic() + START_TIMEOUT_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(
                host="127.0.0.1", port=port, user="courseops", dbname="postgres", connect_timeout=5
            ).close()
            return True
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    # SIGINT is PostgreSQL's fast shutdown: sessions are ended, the files left whole.
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_TIMEOUT_SECONDS)
