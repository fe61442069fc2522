"""What every section of config.toml is made of: frozen models, paths beside the file, secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

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


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no time zone that this machine knows") from error
    return name


def host_and_port(listen: str) -> str:
    """
    Insist on an address and a port, or on nothing.

    Raises:
        ValueError: it is neither.
    """
    parts = urlsplit(f"//{listen}")
    try:
        is_whole = bool(parts.hostname) and parts.port is not None and parts.netloc == listen
    except ValueError:
        is_whole = False
    if listen and (not is_whole or "@" in listen):
        raise ValueError("must be an address and a port, or empty")
    return listen


def split_address(listen: str) -> tuple[str, int]:
    """Give the address and the port of what was insisted on."""
    parts = urlsplit(f"//{listen}")
    return parts.hostname or "", parts.port or 0


FilePath = Annotated[Path, AfterValidator(_beside_the_file)]
ShortName = Annotated[str, AfterValidator(_short_name)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]


class Section(BaseModel):
    """A table of the file; a key that it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def refuse_all_but_one(section: BaseModel) -> None:
    """Complain unless exactly one key of a section is given."""
    names = type(section).model_fields
    if sum(getattr(section, name) is not None for name in names) != 1:
        raise ValueError(f"must have exactly one of {', '.join(names)}")


class SecretReference(Section):
    """Where a secret is found; the secret itself never stands in the configuration."""

    file: FilePath | None = Field(None, examples=["campus.token"])
    env: str | None = Field(None, examples=["CAMPUS_TOKEN"])
    command: tuple[str, ...] | None = Field(None, examples=[["pass", "show", "campus"]])
    credential: str | None = Field(None, examples=["campus-token"])

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretReference:
        refuse_all_but_one(self)
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
