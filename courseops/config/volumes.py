"""What can be configured of where a hub's learners have their files, beyond a plain folder each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from courseops.config.basis import FilePath, Section

NamingWord = Literal["plain", "escape", "legacy", "safe", "tljh"]


def holds_username(template: str) -> str:
    """Complain of a template without {username}, or with any other braces."""
    try:
        filled = template.format(username="x")
    except (LookupError, ValueError) as error:
        raise ValueError("must hold {username} and no other braces") from error
    if filled == template:
        raise ValueError("must hold {username}")
    return template


def _engine_address(address: str) -> str:
    scheme, mark, place = address.partition("://")
    if scheme not in {"unix", "tcp"} or not mark or not place:
        raise ValueError("must be unix:///the/socket or tcp://host:port")
    if scheme == "unix" and not place.startswith("/"):
        raise ValueError("must name the socket by its whole path: unix:///var/run/docker.sock")
    return address


Template = Annotated[str, AfterValidator(holds_username)]


class VolumesSection(Section):
    """Where the learners of a hub have their files: folders, Docker's volumes, or a list."""

    folder: Template | None = Field(
        None,
        description="a folder each, by this template: homes, TLJH, an NFS export",
        examples=["/home/{username}"],
    )
    docker: Template | None = Field(
        None,
        description="a named volume each, as in c.DockerSpawner.volumes; the engine is asked",
        examples=["jupyterhub-user-{username}"],
    )
    map: FilePath | None = Field(
        None,
        description="a list of username and folder: CSV with this header, or TOML",
        examples=["volumes.csv"],
    )
    command: tuple[str, ...] | None = Field(
        None,
        description="a command that prints such a CSV",
        examples=[["/usr/local/bin/list-homes"]],
    )
    names: tuple[NamingWord, ...] = Field(
        (),
        description="how {username} is spelled: plain (a folder, if nothing is said); escape "
        "(DockerSpawner since 12, so for docker; KubeSpawner before 7); legacy "
        '(c.DockerSpawner.escape = "legacy"); safe (KubeSpawner since 7); tljh. On a hub that '
        "was upgraded several, today's first",
        examples=[["safe", "escape"]],
    )
    engine: Annotated[str, AfterValidator(_engine_address)] = Field(
        "unix:///var/run/docker.sock",
        description="docker: the address of the engine",
        examples=["tcp://127.0.0.1:2375"],
    )
    root: FilePath | None = Field(
        None,
        description="map, command: the folder that all of them are in; docker: where the engine's "
        "folder of volumes is here, if elsewhere than the engine says",
        examples=["/srv/homes"],
    )
    ask_hub: bool = Field(
        False,
        description="folder: what the hub remembers of its claims (pvc_name) comes before "
        "names; needs the scope admin:server_state",
        examples=[True],
    )

    @property
    def words(self) -> tuple[NamingWord, ...]:
        """Give how usernames are spelled, also where nothing was said."""
        return self.names or (("escape",) if self.docker else ("plain",))

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> VolumesSection:
        kinds = ("folder", "docker", "map", "command")
        if sum(getattr(self, kind) is not None for kind in kinds) != 1:
            raise ValueError(f"must have exactly one of {', '.join(kinds)}")
        if self.folder is not None and self.root is not None:
            raise ValueError("root is what stands in folder before {username}")
        if self.docker is not None and "/" in self.docker:
            raise ValueError("docker takes the name of a volume; a path goes into folder")
        if self.ask_hub and self.folder is None:
            raise ValueError("ask_hub tells whose a folder is: it goes with folder")
        return self

    @model_validator(mode="after")
    def _has_what_a_list_needs(self) -> VolumesSection:
        if self.map is None and self.command is None:
            return self
        if self.root is None:
            raise ValueError("a list needs root, the folder that all of them are in")
        if self.names:
            raise ValueError("names says how a template is filled; a list has none")
        if self.command == ():
            raise ValueError("command must name a program")
        return self
