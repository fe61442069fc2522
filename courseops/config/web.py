"""What can be configured of the page that courseops shows as a service of a hub."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from courseops.config.basis import SecretReference, Section, ShortName, host_and_port, split_address

_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")


def _origin(host: str) -> str:
    # It stands in what browsers are told of whom to trust.
    if not _ORIGIN.fullmatch(host.rstrip("/").lower()):
        raise ValueError("must be like https://courseops-page--service.jupyter.example.org")
    return host.rstrip("/").lower()


class WebSection(Section):
    """The page of a hub: a service of it, on which its people look and act."""

    service: ShortName = Field(
        "courseops-page",
        description="what the hub calls the service; it stands in the page's address",
        examples=["courseops-page"],
    )
    secret: SecretReference = Field(
        description="the token of that service, which has no scopes",
        examples=[{"file": "campus.page.token"}],
    )
    listen: Annotated[str, AfterValidator(host_and_port)] = Field(
        "127.0.0.1:8098",
        min_length=1,
        description="where the hub's proxy finds the page; each hub needs a port of its own",
        examples=["127.0.0.1:8098"],
    )
    rights: Literal["hub", "roster"] = Field(
        "hub",
        description="who says who teaches, grades and operates: the hub's own scopes, or our "
        "rosters and `operators`",
        examples=["roster"],
    )
    operators: tuple[Annotated[str, AfterValidator(str.lower)], ...] = Field(
        (),
        description="who looks after backups and runs, where rights come from rosters",
        examples=[["boss"]],
    )

    host: Annotated[str, AfterValidator(_origin)] | None = Field(
        None,
        description="the page's own host, where the hub gives each service one (`subdomain_host`)",
        examples=["https://courseops-page--service.jupyter.example.org"],
    )

    @property
    def listens_at(self) -> tuple[str, int]:
        """Give the address and port of `listen`."""
        return split_address(self.listen)
