"""Open the passwords of a hub that keeps its own, and first passwords that wait.

Adapters are imported where they are opened, so that a command pays only for what it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from courseops.config import AccountsSection
from courseops.model.logins.judging import HubSettings
from courseops.ports.accounts import Credentials
from courseops.wiring.secrets import read_secret


def open_credentials(
    hub_name: str,
    url: str,
    section: AccountsSection | None,
    *,
    homes: str | None = None,
    ca_file: Path | None = None,
    protected: frozenset[str] = frozenset(),
    settings: Callable[[], HubSettings | None] = lambda: None,
    listed: Callable[[], Iterable[str]] = tuple,
) -> Credentials | None:
    """
    Give the passwords of a hub; None where somebody else says who a person is, or nobody does.

    `homes` and `protected` are the hub's own; `settings` gives what its configuration says of
    logins, None where that cannot be read, and `listed` whom its API lists.
    """
    if section is None:
        return None
    if section.kind == "native":
        return _native(hub_name, url, section, ca_file, listed)
    if section.kind == "first-use":
        from courseops.adapters.credentials.first_use import FirstUseCredentials  # noqa: PLC0415

        assert section.file is not None  # the section has what its kind needs
        assert section.python is not None
        return FirstUseCredentials(
            name=hub_name,
            file=section.file,
            python=section.python,
            settings=settings,
        )
    if section.kind == "system":
        return _system(hub_name, homes, protected)
    return None


def _native(
    hub_name: str,
    url: str,
    section: AccountsSection,
    ca_file: Path | None,
    listed: Callable[[], Iterable[str]],
) -> Credentials:
    from courseops.adapters.credentials.hub_database import (  # noqa: PLC0415
        HubDatabase,
        open_hub_file,
        open_hub_server,
    )
    from courseops.adapters.credentials.native import NativeCredentials  # noqa: PLC0415

    def database() -> HubDatabase:
        if section.database is not None:
            return open_hub_server(read_secret(section.database), hub_name)
        assert section.file is not None  # the section has one of the two
        return open_hub_file(section.file)

    return NativeCredentials(
        name=hub_name, url=url, database=database, listed=listed, verify=ca_file or True
    )


def _system(hub_name: str, homes: str | None, protected: frozenset[str]) -> Credentials:
    from courseops.adapters.credentials.system import SystemCredentials  # noqa: PLC0415

    def home(username: str) -> Path:
        return Path(str(homes).replace("{username}", username))

    return SystemCredentials(name=hub_name, home=home if homes else None, protected=protected)
