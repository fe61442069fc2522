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

SERVICE = "courseops"


@dataclass(frozen=True, kw_only=True)
class TokenPlace:
    """
    Where courseops has a hub's token from; never the token.

    `called` says it for a person, `variable` is its environment variable if it is in one, and
    `make` the command that makes it if it is not there yet.
    """

    called: str
    variable: str = ""
    make: str = ""


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
) -> HubConfig:
    """
    Write the service, the token's place, the role and the settings that logins need.

    `release` is what `version` says; None stands for the newest.
    """
    lines = [
        *_opening(hub, version),
        *_token_comments(token),
        *_service(token),
        *_role(scopes),
        *(_logins(logins, release) if logins is not None else ()),
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


def _token_comments(token: TokenPlace) -> Iterator[str]:
    if token.make:
        yield "# There is no token yet. Make one where courseops runs:"
        yield f"#     {token.make}"
    else:
        yield f"# The token is the one that courseops has from the {token.called};"
        yield "# a new one is made by: openssl rand -hex 32"
    if token.variable:
        yield f"# Give the hub's process the same in its environment variable {token.variable}."
    else:
        yield f"# Put the same line into {SERVICE}.token beside jupyterhub_config.py, and let only"
        yield f"# the hub's account read it: chmod 600 {SERVICE}.token"


def _service(token: TokenPlace) -> Iterator[str]:
    if token.variable:
        yield "import os"
        value = f"os.environ[{json.dumps(token.variable)}]"
    else:
        yield "from pathlib import Path"
        value = f'Path(__file__).with_name("{SERVICE}.token").read_text().strip()'
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
