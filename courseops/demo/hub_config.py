"""The jupyterhub_config.py of a hub on this machine, as text.

It suits hubs from 4.1 to 6: the hub that reads it asks for its own version where the names of
settings changed. See https://jupyterhub.readthedocs.io/en/stable/reference/config-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

_TEMPLATE = Template('''\
"""A hub for trying courseops out: loopback only, one password for everybody."""

import os
import signal
import threading
import time

import jupyterhub

c = get_config()  # noqa: F821

# Network: three ports, never beyond this machine.
c.JupyterHub.bind_url = $url
c.JupyterHub.hub_bind_url = $hub_url
c.ConfigurableHTTPProxy.api_url = $proxy_url
c.ConfigurableHTTPProxy.command = [$proxy_program]
c.ConfigurableHTTPProxy.pid_file = $folder + "/proxy.pid"
c.ConfigurableHTTPProxy.auth_token = $proxy_token

# State.
c.JupyterHub.db_url = "sqlite:///" + $folder + "/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = $folder + "/cookie_secret"
c.JupyterHub.cleanup_servers = True
c.JupyterHub.log_level = "WARN"

# People: a password, but no system users.
c.Authenticator.admin_users = {$admin}
if jupyterhub.version_info >= (5, 3):
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = $password
    c.SharedPasswordAuthenticator.admin_password = $admin_password
    c.Authenticator.allow_all = True
else:
    c.JupyterHub.authenticator_class = "dummy"
    c.DummyAuthenticator.password = $password
    if jupyterhub.version_info >= (5, 0):
        c.Authenticator.allow_all = True

# Their servers.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = $folder + "/homes/{username}"
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
if os.geteuid() == 0:
    c.Spawner.args = ["--allow-root"]

# Services and what each may do. Random tokens need no slow hash.
c.JupyterHub.trust_user_provided_tokens = True
c.JupyterHub.services = $services
c.JupyterHub.custom_scopes = $custom_scopes
c.JupyterHub.load_groups = $groups
c.JupyterHub.load_roles = $roles


def end_with(parent):
    """Stop this hub when whoever started it is gone, even by kill -9."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=end_with, args=[os.getppid()], daemon=True).start()
''')


@dataclass(frozen=True, kw_only=True)
class PageService:
    """
    A service of the hub that people open in a browser, and log in to through the hub.

    `url` is where it listens, `secret` its token. `scopes` says what each of its own scopes is
    for; `roles` grant them, and `access:services!service=NAME`, without which nobody comes in;
    `groups` says who is in which group when the hub starts. See
    https://jupyterhub.readthedocs.io/en/stable/rbac/scopes.html#custom-scopes
    """

    service: str
    url: str
    secret: str = field(repr=False)
    scopes: Mapping[str, str]
    roles: Sequence[Mapping[str, Any]]
    groups: Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True, repr=False)
class HubSettings:
    """What the configuration of a hub on this machine needs to know; it holds secrets."""

    folder: Path
    ports: tuple[int, int, int]
    prefix: str
    proxy_program: Path
    proxy_token: str
    admin: str
    password: str
    admin_password: str
    scopes: Mapping[str, Sequence[str]]
    tokens: Mapping[str, str]
    page: PageService | None = None


def config_text(settings: HubSettings) -> str:
    """Write the configuration, with one role for each service."""
    public, hub, proxy = (f"http://127.0.0.1:{port}" for port in settings.ports)
    services: list[dict[str, Any]] = [
        {"name": name, "api_token": token} for name, token in settings.tokens.items()
    ]
    roles: list[dict[str, Any]] = [
        {"name": name, "services": [name], "scopes": list(scopes)}
        for name, scopes in settings.scopes.items()
    ]
    page = settings.page
    if page is not None:
        services.append(_page_service(page))
        roles.extend(dict(role) for role in page.roles)
    values = {
        "url": public + settings.prefix,
        "hub_url": hub,
        "proxy_url": proxy,
        "proxy_program": str(settings.proxy_program),
        "proxy_token": settings.proxy_token,
        "folder": str(settings.folder),
        "admin": settings.admin,
        "password": settings.password,
        "admin_password": settings.admin_password,
        "services": services,
        "roles": roles,
        "custom_scopes": _custom_scopes(page) if page else {},
        "groups": {name: {"users": list(who)} for name, who in page.groups.items()} if page else {},
    }
    return _TEMPLATE.substitute({name: repr(value) for name, value in values.items()})


def _page_service(page: PageService) -> dict[str, Any]:
    """Declare the page; who holds its scopes is not asked again whether it may know of them."""
    return {
        "name": page.service,
        "url": page.url,
        "api_token": page.secret,
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": list(page.scopes),
        "display": True,
    }


def _custom_scopes(page: PageService) -> dict[str, dict[str, str]]:
    return {scope: {"description": purpose} for scope, purpose in page.scopes.items()}
