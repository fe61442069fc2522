"""A private Docker engine for the length of one test session, and answers of a real one.

The engine listens on a socket in a temporary folder alone, keeps everything there, mounts only
in a mount namespace of its own, has no network, and dies with the process that started it. Nothing
is installed for it: `make test` unpacks Debian's packages into .venvs/docker.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from courseops.adapters.volumes.engine import DockerEngine
from courseops.errors import CourseOpsError
from tests.support.programs import Require

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 30

_ROOT = Path(__file__).resolve().parents[2]
_UNPACKED = [_ROOT / ".venvs/docker/usr" / folder for folder in ("bin", "sbin")]
# Its programs start one another by name.
_PATH = os.pathsep.join([*map(str, _UNPACKED), os.environ["PATH"], "/usr/sbin", "/sbin"])
# It is to touch nothing of the machine's network, and to need no file system of its own.
_QUIET = (
    "--iptables=false",
    "--ip6tables=false",
    "--ip-masq=false",
    "--ip-forward=false",
    "--bridge=none",
    "--userland-proxy=false",
    "--storage-driver=vfs",
)
_IMAGE = "nothing"
# Where it would leave keys and empty folders behind, it sees folders of its own.
_OWN = ("etc", "opt", "run")
_OF_ETC = ("group", "ld.so.cache", "nsswitch.conf", "passwd")
_INSIDE = f"""
folder=$1; shift
for own in {" ".join(_OWN)}; do mount --bind "$folder/$own" "/$own" || exit 1; done
exec setpriv --pdeathsig TERM "$@"
"""


@dataclass(frozen=True)
class Dockerd:
    """A running engine."""

    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    @property
    def address(self) -> str:
        return f"unix://{self.socket}"

    @property
    def volumes(self) -> Path:
        return self.folder / "data/volumes"

    @property
    def engine(self) -> DockerEngine:
        return DockerEngine(self.address)

    def make_volume(self, name: str, options: Mapping[str, str] | None = None) -> Path:
        """Make a volume, give the folder of its files."""
        made = self.ask("POST", "/volumes/create", {"Name": name, "DriverOpts": options or {}})
        return Path(made["Mountpoint"])

    def make_server(self, username: str, *volumes: str) -> None:
        """Make the stopped container of somebody's server, as DockerSpawner does."""
        mounts = [{"Type": "volume", "Source": it, "Target": f"/{it}"} for it in volumes]
        self.ask(
            "POST",
            f"/containers/create?name=jupyter-{username}",
            {
                "Image": _IMAGE,
                "Cmd": ["jupyterhub-singleuser"],
                "Env": ["PATH=/bin", f"JUPYTERHUB_USER={username}"],
                "HostConfig": {"Mounts": mounts, "NetworkMode": "none"},
            },
        )

    def make_image(self) -> None:
        """Make an image with nothing in it, which a container cannot do without."""
        empty = io.BytesIO()
        tarfile.open(fileobj=empty, mode="w").close()
        with self._client() as client:
            path = f"/images/create?fromSrc=-&repo={_IMAGE}"
            client.post(path, content=empty.getvalue()).raise_for_status()

    def clear(self) -> None:
        """Remove every container and volume."""
        for container in self.ask("GET", "/containers/json?all=true"):
            self.ask("DELETE", f"/containers/{container['Id']}?force=true")
        for volume in self.ask("GET", "/volumes")["Volumes"] or ():
            # The engine refuses what is not in its own folder.
            if Path(volume["Mountpoint"]).is_symlink():
                Path(volume["Mountpoint"]).unlink()
            self.ask("DELETE", f"/volumes/{volume['Name']}?force=true")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        with self._client() as client:
            answer = client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def _client(self) -> httpx.Client:
        transport = httpx.HTTPTransport(uds=str(self.socket))
        return httpx.Client(transport=transport, base_url="http://localhost", timeout=60)


@pytest.fixture(scope="session")
def running_dockerd(require: Require) -> Iterator[Dockerd]:
    """Run an engine, and leave nothing behind."""
    program = shutil.which("dockerd", path=_PATH)
    require("dockerd", program)
    assert program
    if os.geteuid() != 0:
        pytest.skip("a Docker engine can only be started as root")
    # A socket's path must be short, which pytest's folders are not.
    folder = Path(tempfile.mkdtemp(prefix="courseops-docker-"))
    try:
        process = _start(program, folder)
        try:
            docker = Dockerd(folder)
            docker.make_image()
            yield docker
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def dockerd(running_dockerd: Dockerd) -> Iterator[Dockerd]:
    """Give the engine with nothing in it."""
    running_dockerd.clear()
    yield running_dockerd
    running_dockerd.clear()


def _start(program: str, folder: Path) -> subprocess.Popen[bytes]:
    places = {"host": f"unix://{folder}/docker.sock", "data-root": folder / "data"}
    places |= {"exec-root": folder / "exec", "pidfile": folder / "docker.pid"}
    args = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _INSIDE, "sh"]
    args += [str(folder), program, *_QUIET, *(f"--{it}={place}" for it, place in places.items())]
    _prepare(folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            args, cwd=folder, env={"PATH": _PATH}, stdout=log, stderr=log, start_new_session=True
        )
    give_up = time.monotonic() + START_TIMEOUT_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        with contextlib.suppress(CourseOpsError):
            DockerEngine(f"unix://{folder}/docker.sock").folder()
            return process
        time.sleep(0.1)
    _stop(process)
    last = (folder / "log").read_text().splitlines()[-1:]
    shutil.rmtree(folder, ignore_errors=True)
    pytest.skip(f"no Docker engine can be started here: {' '.join(last)}")


def _prepare(folder: Path) -> None:
    for own in _OWN:
        (folder / own).mkdir()
    for name in _OF_ETC:
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(f"/etc/{name}", folder / "etc")


def _stop(process: subprocess.Popen[bytes]) -> None:
    # It stops its containerd, which a killed one would leave behind.
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_TIMEOUT_SECONDS)


_ANSWERS = _ROOT / "tests/assets/docker"


@dataclass
class RecordedDocker:
    """
    What an engine answered, spoken of other volumes: tests/assets/docker/ has the real answers.

    It makes the folders of its volumes itself, as an engine would, below `folder`.
    """

    folder: Path
    address: str
    made: list[dict[str, Any]] = field(default_factory=list)
    servers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def volumes(self) -> Path:
        return self.folder / "volumes"

    @property
    def engine(self) -> DockerEngine:
        return DockerEngine(self.address)

    def make_volume(self, name: str, options: Mapping[str, str] | None = None) -> Path:
        mountpoint = self.volumes / name / "_data"
        mountpoint.mkdir(parents=True)
        place = {"Name": name, "Mountpoint": str(mountpoint), "Options": options}
        self.made.append({**_recorded("volumes")["Volumes"][0], **place})
        return mountpoint

    def make_server(self, username: str, *volumes: str) -> None:
        self.servers[username] = volumes

    def answer(self, path: str) -> Any:
        """Give the answer to one question; None for what an engine would not know."""
        self.asked.append(path)
        username = path.removeprefix("/containers/").removesuffix("/json")
        if username in self.servers:
            return _with_user(_recorded("container"), username)
        return {
            "/info": {**_recorded("info"), "DockerRootDir": str(self.folder)},
            # An engine without any volume says null.
            "/volumes": {"Volumes": self.made or None, "Warnings": None},
            "/containers/json?all=true": [self._listed(it) for it in self.servers],
        }.get(path)

    def _listed(self, username: str) -> dict[str, Any]:
        (listed,) = _recorded("containers")
        (mount,) = listed["Mounts"]
        mounts = [{**mount, "Name": name} for name in self.servers[username]]
        return {**listed, "Id": username, "Mounts": mounts}


class _Answering(BaseHTTPRequestHandler):
    """Answers for the engine that its server stands for."""

    def do_GET(self) -> None:
        answer = self.server.docker.answer(self.path)  # type: ignore[attr-defined]
        self.send_response(404 if answer is None else 200)
        self.end_headers()
        said = {"message": "page not found"} if answer is None else answer
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def recorded_docker(tmp_path: Path) -> Iterator[RecordedDocker]:
    """Let recorded answers answer at a free loopback port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        docker = RecordedDocker(tmp_path / "docker", f"tcp://127.0.0.1:{server.server_port}")
        docker.volumes.mkdir(parents=True)
        server.docker = docker  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield docker
        server.shutdown()
        thread.join()


def _with_user(container: dict[str, Any], username: str) -> dict[str, Any]:
    kept = [it for it in container["Config"]["Env"] if not it.startswith("JUPYTERHUB_USER=")]
    env = [*kept, f"JUPYTERHUB_USER={username}"]
    return {**container, "Config": {**container["Config"], "Env": env}}


def _recorded(name: str) -> Any:
    return json.loads((_ANSWERS / f"{name}.json").read_text())
