"""What can be configured of telling people: by which ways, and when they want to be left alone."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from courseops.config.basis import FilePath, SecretReference, Section, ShortName
from courseops.model.jobs.quiet import read_hours

_OURS = ("mail", "webhook")


def _span_of_hours(text: str) -> str:
    read_hours(text)
    return text


def _secure_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError("must be a web address")
    if "@" in parts.netloc:
        raise ValueError("must not hold a password: secrets are only ever referred to")
    return url


class MailSection(Section):
    """A mail server, and to whom it sends."""

    host: str = Field(min_length=1, examples=["smtp.example.org"])
    port: int = Field(587, ge=1, le=65535, examples=[587])
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="none only for a server on this machine", examples=["tls"]
    )
    ca_file: FilePath | None = Field(
        None, description="certificate authority of the server", examples=["/etc/ssl/ca.pem"]
    )
    username: str = Field("", examples=["courseops"])
    password: SecretReference | None = Field(None, examples=[{"file": "mail.password"}])
    sender: str = Field(min_length=3, examples=["courseops@example.org"])
    to: tuple[str, ...] = Field(min_length=1, examples=[["ops@example.org"]])

    @model_validator(mode="after")
    def _has_a_whole_login_or_none(self) -> MailSection:
        if bool(self.username) != (self.password is not None):
            raise ValueError("username and password go together")
        return self


class WebhookSection(Section):
    """A web address that takes a JSON document; a chat's incoming webhook, or your own."""

    url: Annotated[str, AfterValidator(_secure_address)] = Field(
        examples=["https://chat.example.org/hooks/courseops"]
    )
    token: SecretReference | None = Field(
        None, description="sent as a bearer token", examples=[{"file": "webhook.token"}]
    )


class NoticesSection(Section):
    """Whom courseops tells when it needs a person."""

    quiet_hours: Annotated[str, AfterValidator(_span_of_hours)] | None = Field(
        None,
        description="nobody is told anything then, unless backups fail; by the site's clocks",
        examples=["20:00-07:00"],
    )
    reminder_days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        ("mon", "thu"),
        description="when people are reminded of what is still wrong; of backups, each day",
        examples=[["mon", "thu"]],
    )
    apprise: dict[ShortName, SecretReference] = Field(
        default_factory=dict,
        description="further ways, by names of your choice: the URL that Apprise has for each",
        examples=[{"pager": {"file": "pager.url"}}],
    )
    mail: MailSection | None = None
    webhook: WebhookSection | None = None

    @model_validator(mode="after")
    def _names_each_way_once(self) -> NoticesSection:
        if taken := self.apprise.keys() & set(_OURS):
            raise ValueError(f"apprise has a way called {min(taken)}, which is a section's name")
        return self

    @property
    def ways(self) -> tuple[str, ...]:
        """Name the ways to tell people, as job files do."""
        ours = (name for name in _OURS if getattr(self, name) is not None)
        return (*ours, *self.apprise)
