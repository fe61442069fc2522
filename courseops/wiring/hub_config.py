"""Gather what a hub's own configuration must say for courseops."""

from __future__ import annotations

import shlex
from pathlib import Path

from courseops.config import HubSection, SecretReference
from courseops.errors import UnreachableError
from courseops.model.logins.hub_config import HubConfig, hub_config
from courseops.model.logins.page_config import PagePlace
from courseops.model.logins.token_place import TokenPlace
from courseops.wiring.logins import logins_of
from courseops.wiring.site import Site


def hub_config_for(site: Site, name: str) -> HubConfig:
    """
    Give the lines for one hub, of the release that it says it is of.

    The hub's token is not read: these are the lines that make a hub accept one.

    Raises:
        CourseOpsError: there is no such hub in the configuration.
        RefusedError: it is no hub, or too old.
    """
    from courseops.adapters.hub.preflight import NEEDED_SCOPES  # noqa: PLC0415
    from courseops.adapters.hub.versions import parse_version  # noqa: PLC0415

    section = site.hub_section(name)
    version = _version(section)
    return hub_config(
        hub=name,
        version=version,
        release=parse_version(version),
        scopes=NEEDED_SCOPES,
        token=_token_place(section.token),
        logins=logins_of(site.config, name, read=False),
        page=_page_place(site, name),
    )


def _page_place(site: Site, name: str) -> PagePlace | None:
    section = site.hub_section(name).web
    if section is None:
        return None
    return PagePlace(
        service=section.service,
        url=f"http://{section.listen}",
        token=_token_place(section.secret),
        by_scopes=section.rights == "hub",
        courses=sorted(it for it, course in site.config.courses.items() if course.hub == name),
        host=section.host or "",
    )


def _version(section: HubSection) -> str:
    from courseops.adapters.hub.preflight import ask_version  # noqa: PLC0415

    try:
        return ask_version(section.url, verify=section.ca_file or True)
    except UnreachableError:
        return ""


def _token_place(token: SecretReference) -> TokenPlace:
    if token.file is None:
        return TokenPlace(called=str(token), variable=token.env or "")
    path = shlex.quote(str(token.file))
    make = "" if _is_made(token.file) else f"(umask 077; openssl rand -hex 32 > {path})"
    return TokenPlace(called=str(token), make=make)


def _is_made(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError:
        # It may well be there: to overwrite a token would shut courseops out.
        return True
