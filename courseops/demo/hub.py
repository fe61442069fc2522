"""A real JupyterHub on this machine, for the demonstration and the tests.

It listens on the loopback device only, keeps everything in one folder, needs no system users,
and ends with whoever started it. It is not for production: its people share one password.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Self

import httpx

from courseops.adapters import process
from courseops.adapters.closing import Closing
from courseops.adapters.hub import NEEDED_SCOPES
from courseops.demo.hub_config import HubSettings, PageService, config_text
from courseops.demo.leftovers import end_leftovers
from courseops.errors import CourseOpsError

SERVICE = "courseops"
START_SECONDS = 90.0
STOP_SECONDS = 30.0
# Ports are found free and then let go, so that somebody else may be quicker.
STARTS = 3


class LocalHub(Closing):
    """
    One JupyterHub in `folder`; `programs` is where its two executables are.

    `scopes` gives the services of the hub and what each may do; the first is courseops, whose
    token is kept in `<folder>/token`. `url`, `token` and `password` are what a client needs;
    homes are in `<folder>/homes/<username>`, the log is `<folder>/hub.log`. `page` is a
    service with pages, if it has one. `more_config` is put at the end of the configuration.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "demo",
        programs: Path = Path(sys.executable).parent,
        admin: str = "admin",
        prefix: str = "",
        scopes: Mapping[str, Sequence[str]] = MappingProxyType({SERVICE: NEEDED_SCOPES}),
        page: PageService | None = None,
        more_config: str = "",
    ) -> None:
        self.name = name
        self.folder = folder.resolve()
        self.homes = self.folder / "homes"
        self.log = self.folder / "hub.log"
        self.token_file = self.folder / "token"
        self.url = ""
        self.admin = admin
        self.password = secrets.token_urlsafe(12)
        self.admin_password = secrets.token_urlsafe(32)
        self.tokens = {service: secrets.token_hex(32) for service in scopes}
        self._scopes = scopes
        self._programs = programs
        self._prefix = prefix
        self._page = page
        self._more_config = more_config
        self._process: process.Process | None = None

    @property
    def token(self) -> str:
        """Give the token of the courseops service."""
        return self.tokens[SERVICE]

    @property
    def pid(self) -> int | None:
        """Give the id of the hub's process while it runs."""
        return None if self._process is None else self._process.pid

    def __enter__(self) -> Self:
        """Start, unless it was started already."""
        if self._process is None:
            self.start()
        return self

    def start(self) -> None:
        """
        Start the hub and wait until it answers its own token.

        Raises:
            CourseOpsError: it did not come up; the end of its log is listed.
        """
        self.homes.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        _write_secret(self.token_file, self.token + "\n")
        for is_last in (False,) * (STARTS - 1) + (True,):
            try:
                self._start_once()
            except BaseException as error:
                self.stop()
                if is_last or not isinstance(error, _PortTakenError):
                    raise
            else:
                return

    def close(self) -> None:
        """Stop the hub, as leaving a `with` block does."""
        self.stop()

    def stop(self) -> None:
        """Stop the hub with its proxy and its single-user servers; stopping twice is harmless."""
        hub, self._process = self._process, None
        if hub is None:
            return
        hub.terminate()
        try:
            hub.wait(STOP_SECONDS)
        except process.TimeoutExpired:
            hub.kill()
            hub.wait()
        finally:
            end_leftovers(self.folder)

    def _start_once(self) -> None:
        ports = _free_ports()
        self.url = f"http://127.0.0.1:{ports[0]}{self._prefix}"
        config = self.folder / "jupyterhub_config.py"
        _write_secret(config, config_text(self._settings(ports)) + self._more_config)
        with self.log.open("wb") as log:
            self._process = process.start(
                [str(self._programs / "jupyterhub"), "--config", str(config)],
                env=self._environment(),
                cwd=self.folder,
                stdout=log.fileno(),
                stderr=process.STDOUT,
            )
        # The hub itself is asked first: its proxy logs each question it cannot pass on.
        headers = {"Authorization": f"token {self.token}"}
        with httpx.Client(headers=headers, timeout=5, trust_env=False) as client:
            for port in ports[1], ports[0]:
                url = f"http://127.0.0.1:{port}{self._prefix}/hub/api/user"
                self._wait_until_up(self._process, client, url)

    def _settings(self, ports: tuple[int, int, int]) -> HubSettings:
        return HubSettings(
            folder=self.folder,
            ports=ports,
            prefix=self._prefix,
            proxy_program=self._programs / "configurable-http-proxy",
            proxy_token=secrets.token_hex(32),
            admin=self.admin,
            password=self.password,
            admin_password=self.admin_password,
            scopes=self._scopes,
            tokens=self.tokens,
            page=self._page,
        )

    def _environment(self) -> dict[str, str]:
        path = f"{self._programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {"PATH": path, "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def _wait_until_up(self, hub: process.Process, client: httpx.Client, url: str) -> None:
        limit = time.monotonic() + START_SECONDS
        while not _answers(client, url):
            if hub.poll() is not None:
                raise self._not_up(f"ended with {hub.returncode} while starting")
            if time.monotonic() > limit:
                raise self._not_up(f"did not answer within {START_SECONDS:.0f} s")
            time.sleep(0.1)

    def _not_up(self, what: str) -> CourseOpsError:
        last_lines = self.log.read_text(errors="replace").splitlines()[-15:]
        kind = _PortTakenError if any("in use" in line for line in last_lines) else CourseOpsError
        return kind(
            f"the JupyterHub in {self.folder} {what}",
            problems=last_lines,
            hint=f"the whole log is {self.log}",
        )


class _PortTakenError(CourseOpsError):
    """Somebody else took a port between our finding it and the hub's opening it."""


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.TransportError:
        return False


def _free_ports() -> tuple[int, int, int]:
    with ExitStack() as sockets:
        ports = []
        for _ in range(3):
            taken = sockets.enter_context(socket.socket())
            taken.bind(("127.0.0.1", 0))
            ports.append(int(taken.getsockname()[1]))
        return ports[0], ports[1], ports[2]


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
