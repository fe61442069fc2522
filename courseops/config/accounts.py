"""What can be configured of how people log in at a hub, and of what it calls them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from courseops.config.basis import FilePath, SecretReference, Section

AccountsKind = Literal["native", "first-use", "system", "ldap", "oauth", "lti", "dummy", "shared"]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"must be a regular expression: {error}") from error
    return text


class AccountsSection(Section):
    """How people log in at a hub: what `create accounts` must do so that a learner gets in."""

    kind: AccountsKind = Field(
        description="what people log in through: the hub's authenticator, or its nearest relative",
        examples=["native"],
    )
    username_pattern: Annotated[str, AfterValidator(_pattern)] = Field(
        "",
        description="c.Authenticator.username_pattern of the hub, if it has one",
        examples=["^[a-z][a-z0-9.]+$"],
    )
    username_map: dict[str, str] = Field(
        default_factory=dict,
        description="c.Authenticator.username_map of the hub, if it has one",
        examples=[{"adalovelace": "ada"}],
    )
    database: SecretReference | None = Field(
        None,
        description="native: the URL of the hub's own database, by reference, where it is "
        "PostgreSQL",
        examples=[{"file": "hub-database.url"}],
    )
    file: FilePath | None = Field(
        None,
        description="native: the hub's jupyterhub.sqlite; first-use: its passwords.dbm",
        examples=["/srv/jupyterhub/jupyterhub.sqlite"],
    )
    python: FilePath | None = Field(
        None,
        description="first-use: the hub's own Python, which alone reads that file",
        examples=["/opt/tljh/hub/bin/python3"],
    )
    password: SecretReference | None = Field(
        None,
        description="dummy, shared: the password that everybody shares, for the handout",
        examples=[{"file": "workshop.password"}],
    )
    hub_config: FilePath | None = Field(
        None,
        description="the hub's own configuration, which doctor then reads",
        examples=["/srv/jupyterhub/jupyterhub_config.py"],
    )
    hub_program: str = Field(
        "jupyterhub",
        description="the hub's program, which says what that configuration means",
        examples=["/opt/tljh/hub/bin/jupyterhub"],
    )

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> AccountsSection:
        if self.kind == "native" and (self.file is None) == (self.database is None):
            raise ValueError("native needs either file or database")
        if self.kind == "first-use" and (self.file is None or self.python is None):
            raise ValueError("first-use needs file and python")
        return self
