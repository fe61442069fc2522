"""Ask a Docker engine what volumes it has, where they are, and which containers use them.

Only what is read is asked for; nothing here makes, starts or removes anything. Podman's socket
answers the same questions. https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import socket
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from courseops.errors import CourseOpsError, RefusedError, UnreachableError

# A busy engine lists some thousand volumes in a second or two.
_TIMEOUT_SECONDS = 60.0

Read = TypeVar("Read", bound=BaseModel)


class _Answered(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class VolumeModel(_Answered):
    """One volume; `options` say where else its files are, if they are mounted on demand."""

    name: str = Field(alias="Name")
    driver: str = Field("local", alias="Driver")
    mountpoint: str = Field("", alias="Mountpoint")
    options: dict[str, str] | None = Field(None, alias="Options")

    @property
    def device(self) -> str:
        """Name what is mounted there while a container runs; empty for a plain folder."""
        return (self.options or {}).get("device", "")


class _Volumes(_Answered):
    volumes: list[VolumeModel] | None = Field(None, alias="Volumes")


class _Info(_Answered):
    folder: str = Field(alias="DockerRootDir")


class _Mount(_Answered):
    name: str = Field("", alias="Name")


class _Container(_Answered):
    id: str = Field(alias="Id")
    mounts: list[_Mount] = Field(default_factory=list, alias="Mounts")


class _Containers(RootModel[list[_Container]]):
    pass


class _Settings(_Answered):
    environment: list[str] | None = Field(None, alias="Env")


class _Inspected(_Answered):
    settings: _Settings = Field(alias="Config")


class DockerEngine:
    """One engine, by its address: unix:///the/socket or tcp://host:port."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._scheme, _, self._place = address.partition("://")

    def volumes(self) -> list[VolumeModel]:
        """List every volume."""
        return self._read("/volumes", _Volumes).volumes or []

    def folder(self) -> str:
        """Give the folder in which the engine keeps the files of its own volumes."""
        return f"{self._read('/info', _Info).folder}/volumes"

    def users_of(self, names: set[str]) -> dict[str, str]:
        """
        Give by volume the hub user whose server mounts it, if it is one user's alone.

        JupyterHub tells each server whose it is in JUPYTERHUB_USER; stopped containers count.
        """
        found: dict[str, set[str]] = {}
        for container in self._read("/containers/json?all=true", _Containers).root:
            mounted = names & {mount.name for mount in container.mounts}
            user = self._user_of(container.id) if mounted else ""
            for name in mounted if user else ():
                found.setdefault(name, set()).add(user)
        return {name: min(users) for name, users in found.items() if len(users) == 1}

    def _user_of(self, container: str) -> str:
        path = f"/containers/{quote(container, safe='')}/json"
        settings = self._read(path, _Inspected).settings
        pairs = dict(line.partition("=")[::2] for line in settings.environment or [])
        return pairs.get("JUPYTERHUB_USER", "")

    def _read(self, path: str, shape: type[Read]) -> Read:
        try:
            with closing(self._connection()) as connection:
                connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read()
        except (OSError, HTTPException) as error:
            raise self._silent(error) from error
        if answer.status != HTTPStatus.OK:
            said = body.decode(errors="replace").strip()[:200]
            raise RefusedError(
                f"the Docker engine at {self.address} refused GET {path} ({answer.status}): {said}"
            )
        try:
            return shape.model_validate_json(body)
        except ValidationError as error:
            raise RefusedError(
                f"what answers at {self.address} is no Docker engine",
                hint="let engine in config.toml name the engine's socket",
            ) from error

    def _connection(self) -> HTTPConnection:
        if self._scheme == "unix":
            return _SocketConnection(self._place)
        return HTTPConnection(self._place.rstrip("/"), timeout=_TIMEOUT_SECONDS)

    def _silent(self, error: Exception) -> CourseOpsError:
        if isinstance(error, PermissionError):
            return RefusedError(
                f"the Docker engine's socket {self._place} may not be opened",
                hint="run courseops as root, or as a member of the group docker",
            )
        return UnreachableError(
            f"the Docker engine does not answer at {self.address}: {error}",
            hint="is it running, and is engine in config.toml its address?",
        )


class _SocketConnection(HTTPConnection):
    """HTTP over a socket of this machine; httpx would leave one open that does not answer."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
