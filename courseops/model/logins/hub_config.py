"""What a hub's own jupyterhub_config.py must say for courseops, as lines to paste.

They are appended to what stands there: other services and roles stay. A role that names a
scope which the hub does not know stops the hub from starting, and a setting may be newer than
the hub, so the lines are for one release:
https://jupyterhub.readthedocs.io/en/stable/rbac/roles.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from courseops.model.logins.judging import Logins, Release, needs_of
from courseops.model.logins.login_check import claim_line
from courseops.model.logins.page_config import PagePlace, page_lines
from courseops.model.logins.token_place import TokenPlace, token_comments, token_value

SERVICE = "courseops"


@dataclass(frozen=True, kw_only=True)
class HubConfig:
    """The lines for one hub; `version` is empty where the hub did not answer."""

    hub: str
    version: str
    scopes: tuple[str, ...]
    text: str


def hub_config(
    *,
    hub: str,
    version: str,
    release: Release | None,
    scopes: Sequence[str],
    token: TokenPlace,
    logins: Logins | None,
    page: PagePlace | None = None,
) -> HubConfig:
    """
    Write the service, the token's place, the role and the settings that logins need.

    With `page`, the hub's page is a service as well. `release` is what `version` says; None stands
    for the newest.
    """
    lines = [
        *_opening(hub, version),
        *token_comments(token, SERVICE),
        *_service(token),
        *_role(scopes),
        *(_logins(logins, release) if logins is not None else ()),
        *(page_lines(hub, page, release) if page is not None else ()),
    ]
    text = "\n".join(lines) + "\n"
    return HubConfig(hub=hub, version=version, scopes=tuple(scopes), text=text)


def _opening(hub: str, version: str) -> Iterator[str]:
    if version:
        yield f"# courseops on the hub {hub}, JupyterHub {version}."
    else:
        yield f"# courseops on the hub {hub}. It did not answer, so these lines are for the newest"
        yield f"# JupyterHub; once it runs, ask again: courseops doctor --hub-config {hub}"
    yield "# Put them at the end of jupyterhub_config.py, and restart the hub."
    yield "#"


def _service(token: TokenPlace) -> Iterator[str]:
    imported, value = token_value(token, SERVICE)
    yield imported
    yield ""
    yield "c.JupyterHub.services.append("
    yield "    {"
    yield f'        "name": "{SERVICE}",'
    yield f'        "api_token": {value},'
    yield "    }"
    yield ")"
    yield "# Such a token needs no slow hashing; leave this out if another's is but a word."
    yield "c.JupyterHub.trust_user_provided_tokens = True"


def _role(scopes: Sequence[str]) -> Iterator[str]:
    yield "c.JupyterHub.load_roles.append("
    yield "    {"
    yield f'        "name": "{SERVICE}",'
    yield f'        "services": ["{SERVICE}"],'
    yield f'        "scopes": {json.dumps(list(scopes))},'
    yield "    }"
    yield ")"


def _logins(logins: Logins, release: Release | None) -> Iterator[str]:
    lines = [need.line for need in needs_of(logins.kind, release) if not need.is_usual]
    if logins.username_pattern:
        lines.append(f"c.Authenticator.username_pattern = {logins.username_pattern!r}")
    if logins.username_map:
        lines.append(f"c.Authenticator.username_map = {dict(logins.username_map)!r}")
    if logins.kind in {"lti", "oauth"}:
        lines.append("# The claim must give the same usernames as the rosters, for example:")
        lines.append(f"# {claim_line(logins.kind, logins.columns)}")
    if lines:
        yield ""
        yield f"# What accounts need where people log in through: {logins.kind}"
        yield from lines
