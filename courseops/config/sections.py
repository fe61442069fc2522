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
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from courseops.model.roster import Role


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path.expanduser()


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must be a web address")
    return url.removesuffix("/").removesuffix("/hub/api").removesuffix("/hub")


def _ldap_address(url: str) -> str:
    address = urlsplit(url)
    if address.scheme not in {"ldap", "ldaps"} or not address.hostname or address.path.strip("/"):
        raise ValueError("must be ldap:// or ldaps:// and a server's name")
    _ = address.port  # raises ValueError for what is no port
    return url.rstrip("/")


def _ldap_filter(filter_: str) -> str:
    if filter_ and not (filter_.startswith("(") and filter_.endswith(")")):
        raise ValueError("must be a filter in parentheses")
    return filter_


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("is no time zone that this machine knows") from error
    return name


def _homes_template(template: str) -> str:
    if "{username}" not in template:
        raise ValueError("must contain {username}")
    return template


def _role_name(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


FilePath = Annotated[Path, AfterValidator(_beside_the_file)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _refuse_all_but_one(section: BaseModel) -> None:
    names = type(section).model_fields
    if sum(getattr(section, name) is not None for name in names) != 1:
        raise ValueError(f"must have exactly one of {', '.join(names)}")


class SecretReference(_Section):
    """Where a secret is found; the secret itself never stands in the configuration."""

    file: FilePath | None = Field(None, examples=["campus.token"])
    env: str | None = Field(None, examples=["CAMPUS_TOKEN"])
    command: tuple[str, ...] | None = Field(None, examples=[["pass", "show", "campus"]])
    credential: str | None = Field(None, examples=["campus-token"])

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretReference:
        _refuse_all_but_one(self)
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


class SupannSection(_Section):
    """A teaching element in a year, as French universities publish enrolments."""

    year: int = Field(examples=[2026])
    element: str = Field(min_length=1, examples=["PY101"])


class SelectionSection(_Section):
    """Who is meant, in one of several ways."""

    filter: Annotated[str, AfterValidator(_ldap_filter)] | None = Field(
        None, examples=["(eduPersonAffiliation=student)"]
    )
    member_of: str | None = Field(None, min_length=1, examples=["cn=py,ou=groups,dc=univ"])
    group: str | None = Field(None, min_length=1, examples=["cn=py,ou=groups,dc=univ"])
    supann: SupannSection | None = Field(None, examples=[{"year": 2026, "element": "PY101"}])

    @model_validator(mode="after")
    def _exactly_one(self) -> SelectionSection:
        _refuse_all_but_one(self)
        return self


class AttributesSection(_Section):
    """Which attribute of an entry is what; the server's usual one where empty."""

    username: str = Field("", examples=["eduPersonPrincipalName"])
    id: str = Field("", examples=["supannEtuId"])
    given_name: str = Field("", examples=["givenName"])
    family_name: str = Field("", examples=["sn"])
    email: str = Field("", examples=["mail"])


class LdapSection(_Section):
    """A directory, and who in it belongs to the course."""

    url: Annotated[str, AfterValidator(_ldap_address)] = Field(
        description="ldap:// turns to TLS before it logs in (StartTLS), ldaps:// begins with it",
        examples=["ldap://ldap.example.org"],
    )
    bind_dn: str = Field(
        min_length=1,
        description="the account to log in with",
        examples=["cn=courseops,ou=services,dc=example,dc=org"],
    )
    password: SecretReference = Field(
        description="its password", examples=[{"file": "ldap.password"}]
    )
    base: str = Field(
        min_length=1,
        description="below which people are found",
        examples=["ou=people,dc=example,dc=org"],
    )
    learners: SelectionSection = Field(
        description="one of filter, member_of, group and supann",
        examples=[{"supann": {"year": 2026, "element": "PY101"}}],
    )
    assistants: SelectionSection | None = Field(
        None,
        description="likewise",
        examples=[{"group": "cn=py101-assistants,ou=groups,dc=example,dc=org"}],
    )
    instructors: SelectionSection | None = Field(
        None,
        description="likewise",
        examples=[{"filter": "(&(eduPersonAffiliation=faculty)(departmentNumber=PY))"}],
    )
    ca_file: FilePath | None = Field(
        None,
        description="certificate authority of the server",
        examples=["/etc/ssl/campus-ca.pem"],
    )
    attributes: AttributesSection = Field(
        AttributesSection(),
        description="which are username, id, given_name, family_name, email, if not the usual ones",
        examples=[{"id": "supannEtuId"}],
    )
    disabled_filter: Annotated[str, AfterValidator(_ldap_filter)] = Field(
        "",
        description="matches accounts to leave out; not needed for Active Directory",
        examples=["(pwdAccountLockedTime=*)"],
    )


class RosterSection(_Section):
    """Where a course's roster comes from: a file or a directory."""

    csv: FilePath | None = Field(
        None, description="the registrar's export", examples=["python101.csv"]
    )
    encoding: str = Field(
        "", description="found by itself where empty", examples=["mac_roman", "cp1252"]
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
        if self.ldap is not None and (self.encoding or self.roles):
            raise ValueError("encoding and roles say how a csv is read; ldap needs neither")
        return self


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
    hubs: dict[str, HubSection] = Field(default_factory=dict)
    courses: dict[str, CourseSection] = Field(default_factory=dict)
    jobs: FilePath | None = Field(
        None, description="folder of your own job files", examples=["jobs"]
    )
