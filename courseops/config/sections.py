"""What can be configured: one frozen model a section of config.toml.

Each field carries an example, which the problem list shows when the field is wrong and
`docs/reference/configuration.md` shows always. Relative paths are relative to the file.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from courseops.config.accounts import AccountsSection
from courseops.config.backups import BackupSection
from courseops.config.basis import FilePath, SecretReference, Section, ShortName, TimeZone
from courseops.config.collecting import CollectSection
from courseops.config.daemon import DaemonSection
from courseops.config.grading import AssignmentSection, GradingSection
from courseops.config.notices import NoticesSection
from courseops.config.rosters import RosterSection
from courseops.config.volumes import Template, VolumesSection
from courseops.config.web import WebSection
from courseops.errors import RefusedError
from courseops.model.assignments.assignment import is_name
from courseops.model.assignments.push import DEFAULT_FOLDER, folder_for
from courseops.model.language import Language


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


def _push_template(template: str) -> str:
    try:
        one, other = (folder_for(template, "c", name) for name in ("a", "b"))
    except RefusedError as error:
        raise ValueError("must lead to a folder inside the home") from error
    if one == other:
        raise ValueError("must hold {assignment}")
    return template


def _assignment_name(name: str) -> str:
    if not is_name(name):
        raise ValueError("must be a plain folder name without '+'")
    return name


def _path_on_the_hub(path: str) -> str:
    # Browsers read two slashes, or one backwards, as the beginning of another site's address.
    if path and (not path.startswith("/") or path.startswith("//") or "\\" in path):
        raise ValueError("must be a path on the hub's own site, such as /services/python101")
    return path.removesuffix("/").removesuffix("/formgrader")


def _day_of_a_year(day: str) -> str:
    # Of a year without a 29th of February, so that each year has it.
    try:
        date.fromisoformat(f"2001-{day}")
    except ValueError as error:
        raise ValueError("must be a day of every year, such as 08-01") from error
    return day


def _some_days(days: tuple[str, ...]) -> tuple[str, ...]:
    if not days or len(set(days)) < len(days):
        raise ValueError("must name at least one day, and none twice")
    return days


AssignmentName = Annotated[str, AfterValidator(_assignment_name)]

# As hubs and machines have usernames.
LowerCase = Annotated[str, AfterValidator(str.lower)]


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
        description="a PostgreSQL URL (through no pooler), by reference; "
        "without it, SQLite in the state folder",
        examples=[{"env": "COURSEOPS_DATABASE"}],
    )
    language: Language = Field(
        "en", description="of what learners and teachers read", examples=["fr"]
    )
    time_zone: TimeZone = Field(
        "UTC", description="in which times are read and shown", examples=["Europe/Paris"]
    )
    terms: Annotated[
        tuple[Annotated[str, AfterValidator(_day_of_a_year)], ...], AfterValidator(_some_days)
    ] = Field(
        ("02-01", "08-01"),
        description="days (month-day) on which a term begins: each has pseudonyms of its own",
        examples=[["01-07", "04-15", "09-01"]],
    )
    notices: NoticesSection | None = None


class HubSection(Section):
    """One JupyterHub."""

    url: Annotated[str, AfterValidator(_web_address)] = Field(
        description="the address learners type", examples=["https://jupyter.example.org"]
    )
    token: SecretReference = Field(
        description="the token of the hub's service for courseops",
        examples=[{"file": "campus.token"}],
    )
    protected: tuple[LowerCase, ...] = Field(
        (), description="accounts that courseops must never change", examples=[["boss"]]
    )
    homes: Template | None = Field(
        None,
        description="where learners' files are, if courseops is to back them up: a folder each; "
        "for anything else there is a section volumes",
        examples=["/home/{username}"],
    )
    ca_file: FilePath | None = Field(
        None, description="certificate authority of the hub", examples=["/etc/ssl/campus-ca.pem"]
    )
    event_log: FilePath | None = Field(
        None,
        description="the file that c.EventLogger.handlers of the hub writes to, if courseops can "
        "read it: sessions become exact to the second",
        examples=["/var/log/jupyterhub/events.log"],
    )
    metrics: bool = Field(
        default=False,
        description="whether to count starts and failures by the hub's metrics; "
        "needs the scope read:metrics",
        examples=[True],
    )
    accounts: AccountsSection | None = None
    volumes: VolumesSection | None = None
    backup: BackupSection | None = None
    web: WebSection | None = None

    @property
    def plain_homes(self) -> str | None:
        """Give the template of homes that bear the username itself, as a machine's accounts do."""
        is_plain = self.volumes is not None and self.volumes.words == ("plain",)
        return self.volumes.folder if self.volumes is not None and is_plain else self.homes

    @model_validator(mode="after")
    def _says_once_where_files_are(self) -> HubSection:
        if self.homes is not None and self.volumes is not None:
            raise ValueError("must have either homes or volumes, which says the same in full")
        return self


class GuardSection(Section):
    """How much one plan may change before a person must look; the larger of two limits counts."""

    drop_percent: float = Field(
        10.0, ge=0, le=100, description="of the people of one role", examples=[10]
    )
    drop_people: int = Field(10, ge=0, examples=[10])
    change_percent: float = Field(
        10.0,
        ge=0,
        le=100,
        description="of those whose usernames, or whose roles, change at once",
        examples=[10],
    )
    change_people: int = Field(3, ge=0, examples=[3])
    shrink_percent: float = Field(
        20.0,
        ge=0,
        le=100,
        description="by which a source may be smaller than at its last good run",
        examples=[20],
    )


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
    formgrader: Annotated[str, AfterValidator(_path_on_the_hub)] = Field(
        "",
        description="where on the hub's site the course's formgrader is, so that the page leads "
        "there; {username} is whoever grades",
        examples=["/services/python101"],
    )
    push_to: Annotated[str, AfterValidator(_push_template)] = Field(
        DEFAULT_FOLDER,
        description="folder of a home that `assignment push` places an assignment in",
        examples=["homework/{assignment}"],
    )
    roster: RosterSection | None = None
    guard: GuardSection = GuardSection()
    grading: GradingSection = GradingSection()
    collect: CollectSection = CollectSection()
    assignments: dict[AssignmentName, AssignmentSection] = Field(
        default_factory=dict, description="the calendar, by the assignment's name"
    )

    def calendar(self, name: str) -> AssignmentSection:
        """Give what the calendar says of an assignment, which may be nothing."""
        return self.assignments.get(name, AssignmentSection())


class Config(Section):
    """The whole configuration; `path` is the file it was read from."""

    path: Path
    site: SiteSection
    hubs: dict[ShortName, HubSection] = Field(default_factory=dict)
    courses: dict[ShortName, CourseSection] = Field(default_factory=dict)
    jobs: FilePath | None = Field(
        None, description="folder of your own job files", examples=["jobs"]
    )
    daemon: DaemonSection = DaemonSection()
