"""What can be configured of a course's roster: one source, several of them, or numbered seats."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from courseops.config.basis import FilePath, Section, ShortName
from courseops.config.directories import LdapSection
from courseops.model.roster import Role, UsernameFrom


def _role_name(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class SourceSection(Section):
    """One source of a roster: a file or a directory, and what its words mean."""

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
        "id the student number, identities nothing but that list",
        examples=["email-name"],
    )
    roles: dict[str, Annotated[Role, BeforeValidator(_role_name)]] = Field(
        default_factory=dict,
        description="the school's own words for roles",
        examples=[{"Chargé de TD": "assistant"}],
    )
    section: str = Field(
        "",
        description="the section of everyone for whom the source names none",
        examples=["Group B"],
    )
    identities: FilePath | None = Field(
        None,
        description="a list of who is who, by the source's id: CSV or xlsx with the columns id, "
        "username, gradebook_id, lms_id",
        examples=["identities.csv"],
    )
    ldap: LdapSection | None = None

    @property
    def is_a_file(self) -> bool:
        """Say whether anything here tells how a file is read."""
        by_column = self.username_from not in ("username", "identities")
        return bool(self.encoding or self.roles or by_column)

    @property
    def title(self) -> str:
        """Name the source as rosters do."""
        if self.csv is not None:
            return self.csv.name
        return (urlsplit(self.ldap.url).hostname or "") if self.ldap else "seats"

    @model_validator(mode="after")
    def _fits_its_kind(self) -> SourceSection:
        if self.ldap is not None and self.is_a_file:
            raise ValueError("encoding, username_from and roles say how a file is read, not ldap")
        if self.username_from == "identities" and self.identities is None:
            raise ValueError(
                'username_from = "identities" needs the list: identities = "identities.csv"'
            )
        return self


class NamedSourceSection(SourceSection):
    """One of several sources."""

    name: ShortName | None = Field(
        None,
        description="what the source is called; the file's or the server's name where empty",
        examples=["scolarite"],
    )

    @property
    def title(self) -> str:
        """Name the source as rosters do."""
        return self.name or super().title

    @model_validator(mode="after")
    def _has_a_source(self) -> NamedSourceSection:
        if (self.ldap is None) == (self.csv is None):
            raise ValueError("must have exactly one of csv, ldap")
        return self


class RosterSection(SourceSection):
    """Where a course's roster comes from: a file, a directory, several of them, or seats."""

    sources: tuple[NamedSourceSection, ...] = Field(
        (),
        description="several sources instead, each with these keys and a name; everybody whom any "
        "lists is in the course",
        examples=[[{"csv": "group-a.csv", "section": "A"}, {"csv": "group-b.csv", "section": "B"}]],
    )
    seats: int | None = Field(
        None,
        ge=1,
        le=5000,
        description="for a workshop: that many numbered accounts, and no list",
        examples=[40],
    )
    seat_name: ShortName = Field(
        "seat", description="what seats are called; a number follows", examples=["guest"]
    )
    section_groups: bool = Field(
        default=False,
        description="keep a hub group for each section too, section-COURSE--SECTION",
        examples=[True],
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> RosterSection:
        given = [self.csv is not None, self.ldap is not None, bool(self.sources)]
        if sum([*given, self.seats is not None]) != 1:
            raise ValueError("must have exactly one of csv, ldap, sources, seats")
        alone = self.is_a_file or self.section or self.identities
        if alone and (self.sources or self.seats):
            raise ValueError("what says how a source is read belongs to the source")
        titles = [source.title for source in self.sources]
        for title in sorted({title for title in titles if titles.count(title) > 1}):
            raise ValueError(f"two sources are called {title}: give each a name of its own")
        return self
