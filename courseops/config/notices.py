"""What can be configured of telling people: by mail, to a web address, or both."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from courseops.config.basis import FilePath, SecretReference, Section


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

    mail: MailSection | None = None
    webhook: WebhookSection | None = None
