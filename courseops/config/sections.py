"""What can be configured: one frozen model a section of config.toml.

Each field carries an example, which the problem list shows when the field is wrong and
`docs/reference/configuration.md` shows always. Relative paths are relative to the file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from courseops.model.roster import Role, UsernameFrom

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    if "\0" in str(path):
        raise ValueError("must be a path")
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path.expanduser()


def _short_name(name: str) -> str:
    # It names locks, groups and folders, and a '+' parts names in nbgrader's exchange.
    if not _NAME.fullmatch(name):
        raise ValueError(
            "must be letters, digits, '-', '_' and '.', beginning with a letter or digit"
        )
    return name


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
    except ValueError as error:
        raise ValueError("must be a web address") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("must be a web address")
    if "@" in parts.netloc:
        raise ValueError("must not hold a password: secrets are only ever referred to")
    return url.removesuffix("/").removesuffix("/hub/api").removesuffix("/hub")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no time zone that this machine knows") from error
    return name


def _homes_template(template: str) -> str:
    try:
        filled = template.format(username="x")
    except (LookupError, ValueError) as error:
        raise ValueError("must hold {username} and no other braces") from error
    if filled == template:
        raise ValueError("must hold {username}")
    return template


def _role_name(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


FilePath = Annotated[Path, AfterValidator(_beside_the_file)]
ShortName = Annotated[str, AfterValidator(_short_name)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class SecretReference(_Section):
    """Where a secret is found; the secret itself never stands in the configuration."""

    file: FilePath | None = Field(None, examples=["campus.token"])
    env: str | None = Field(None, examples=["CAMPUS_TOKEN"])
    command: tuple[str, ...] | None = Field(None, examples=[["pass", "show", "campus"]])
    credential: str | None = Field(None, examples=["campus-token"])

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretReference:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("must have exactly one of file, env, command, credential")
        if self.command == ():
            raise ValueError("command must name a program")
        return self

    def __str__(self) -> str:
        """Name the place, never the secret."""
        if self.file is not None:
            return f"file {self.file}"
        if self.env is not None:
            return f"environment variable {self.env}"
        if self.command is not None:
            return f"command {self.command[0]}"
        return f"systemd credential {self.credential}"


class SiteSection(_Section):
    """The school as a whole."""

    name: str = Field("my school", description="shown on reports", examples=["École du Lac"])
    state: FilePath = Field(
        Path("state"),
        description="folder of courseops' own database, locks and staging area",
        examples=["/var/lib/courseops"],
    )
    database: SecretReference | None = Field(
        None,
        description="a PostgreSQL URL, by reference; without it, SQLite in the state folder",
        examples=[{"env": "COURSEOPS_DATABASE"}],
    )
    time_zone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "UTC", description="in which times are read and shown", examples=["Europe/Paris"]
    )


class BackupSection(_Section):
    """Where a hub's homes are backed up to."""

    repository: str = Field(
        min_length=1,
        description="any restic repository; a plain path is relative to the file",
        examples=["/srv/backup/campus"],
    )
    password: SecretReference = Field(
        description="the repository's password", examples=[{"file": "campus-backup.password"}]
    )
    environment: dict[str, SecretReference] = Field(
        default_factory=dict,
        description="further variables for restic's storage",
        examples=[{"AWS_SECRET_ACCESS_KEY": {"file": "s3.key"}}],
    )
    restic: str = Field("restic", description="the program", examples=["/opt/restic/restic"])


class HubSection(_Section):
    """One JupyterHub."""

    url: Annotated[str, AfterValidator(_web_address)] = Field(
        description="the address learners type", examples=["https://jupyter.example.org"]
    )
    token: SecretReference = Field(
        description="the token of the hub's service for courseops",
        examples=[{"file": "campus.token"}],
    )
    protected: tuple[str, ...] = Field(
        (), description="accounts that courseops must never change", examples=[["boss"]]
    )
    homes: Annotated[str, AfterValidator(_homes_template)] | None = Field(
        None,
        description="where learners' files are, if courseops is to back them up",
        examples=["/home/{username}"],
    )
    ca_file: FilePath | None = Field(
        None, description="certificate authority of the hub", examples=["/etc/ssl/campus-ca.pem"]
    )
    backup: BackupSection | None = None


class RosterSection(_Section):
    """Where a course's roster comes from."""

    csv: FilePath = Field(
        description="the registrar's or the LMS's export: CSV, xlsx or OneRoster zip",
        examples=["python101.csv"],
    )
    encoding: str = Field(
        "", description="found by itself where empty", examples=["mac_roman", "cp1252"]
    )
    username_from: UsernameFrom = Field(
        "username",
        description="what usernames are had from; email-name is the part before the @, "
        "id the student number",
        examples=["email-name"],
    )
    roles: dict[str, Annotated[Role, BeforeValidator(_role_name)]] = Field(
        default_factory=dict,
        description="the school's own words for roles",
        examples=[{"Chargé de TD": "assistant"}],
    )


class GuardSection(_Section):
    """How much one plan may drop without `--allow-drops`; the larger of the two counts."""

    drop_percent: float = Field(10.0, ge=0, le=100, examples=[10])
    drop_people: int = Field(10, ge=0, examples=[10])


class CourseSection(_Section):
    """One course on one hub."""

    hub: str = Field(description="a name from [hubs]", examples=["campus"])
    title: str = Field("", description="shown on reports", examples=["Python for beginners"])
    folder: FilePath | None = Field(
        None, description="nbgrader's course folder", examples=["/srv/courses/python101"]
    )
    exchange: FilePath | None = Field(
        None,
        description="nbgrader's exchange; without it, the one that nbgrader_config.py names",
        examples=["/srv/nbgrader/exchange"],
    )
    roster: RosterSection | None = None
    guard: GuardSection = GuardSection()


class Config(_Section):
    """The whole configuration; `path` is the file it was read from."""

    path: Path
    site: SiteSection
    hubs: dict[ShortName, HubSection] = Field(default_factory=dict)
    courses: dict[ShortName, CourseSection] = Field(default_factory=dict)
    jobs: FilePath | None = Field(
        None, description="folder of your own job files", examples=["jobs"]
    )
