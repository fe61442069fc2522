"""What can be configured: one frozen model a section of config.toml.

Each field carries an example, which the problem list shows when the field is wrong and
`docs/reference/configuration.md` shows always. Relative paths are relative to the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    model_validator,
)

from courseops.config.basis import FilePath, SecretReference, Section, ShortName
from courseops.config.directories import LdapSection
from courseops.model.roster import Role, UsernameFrom


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


class SiteSection(Section):
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


class BackupSection(Section):
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


class HubSection(Section):
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


class RosterSection(Section):
    """Where a course's roster comes from: a file or a directory."""

    csv: FilePath | None = Field(
        None,
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
    ldap: LdapSection | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> RosterSection:
        if (self.csv is None) == (self.ldap is None):
            raise ValueError("must have exactly one of csv, ldap")
        as_a_file = self.encoding or self.roles or self.username_from != "username"
        if self.ldap is not None and as_a_file:
            raise ValueError("encoding, username_from and roles say how a file is read, not ldap")
        return self


class GuardSection(Section):
    """How much one plan may drop without `--allow-drops`; the larger of the two counts."""

    drop_percent: float = Field(10.0, ge=0, le=100, examples=[10])
    drop_people: int = Field(10, ge=0, examples=[10])


class CourseSection(Section):
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


class Config(Section):
    """The whole configuration; `path` is the file it was read from."""

    path: Path
    site: SiteSection
    hubs: dict[ShortName, HubSection] = Field(default_factory=dict)
    courses: dict[ShortName, CourseSection] = Field(default_factory=dict)
    jobs: FilePath | None = Field(
        None, description="folder of your own job files", examples=["jobs"]
    )
