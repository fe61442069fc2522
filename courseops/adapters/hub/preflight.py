"""Look at a hub before anything is changed on it: its version, our token, what it may do.

`NEEDED_SCOPES` is the whole list of what courseops asks of a hub. There is no scope that
creates accounts without being able to delete them; that courseops does not is its own doing.
See https://jupyterhub.readthedocs.io/en/stable/rbac/scopes.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from courseops.adapters.hub.answers import Answer
from courseops.adapters.hub.models import InfoModel, VersionModel, WhoAmI
from courseops.adapters.hub.transport import Transport
from courseops.adapters.hub.versions import (
    Version,
    lacks_security_fixes,
    parse_version,
    refuse_if_too_old,
)
from courseops.errors import MissingScopeError
from courseops.model.finding import Finding
from courseops.model.logins.judging import Logins
from courseops.model.logins.login_check import judge_logins

NEEDED_SCOPES = ("admin:users", "admin:groups", "read:servers", "read:hub")
# What a leaked token could do beyond that: start code, act as others, reroute, switch off.
UNNEEDED_SCOPES = frozenset({"admin:servers", "tokens", "proxy", "shutdown", "shares"})


def ask_version(url: str, *, verify: bool | Path = True) -> str:
    """
    Ask a hub for its release, which needs no token.

    Raises:
        UnreachableError: it does not answer.
        RefusedError: it is no hub, or too old.
    """
    # No header may be empty; and an answer that does not come is not waited for.
    token = "none"  # noqa: S105 - it is none
    transport = Transport(name=url, url=url, token=token, verify=verify, sleep=lambda _: None)
    try:
        return _version_in(transport.read("/"))
    finally:
        transport.close()


def ask_authenticator(transport: Transport) -> str:
    """
    Give the dotted name of the class that people log in through.

    Raises:
        MissingScopeError: our token may not ask for it.
    """
    return transport.read("/info").read(InfoModel).authenticator.name


def look(transport: Transport, logins: Logins | None = None) -> list[Finding]:
    """
    Say what is well with a hub and what is not; `logins` is what is known of how people log in.

    Raises:
        UnreachableError: the hub does not answer.
        RefusedError: it is no hub, too old, or does not accept our token.
    """
    subject = f"hub/{transport.name}"
    greeting = transport.read("/")
    whoami = transport.read("/user").read(WhoAmI)
    return [
        _judge_version(subject, greeting),
        _judge_owner(subject, whoami),
        *_judge_scopes(subject, whoami),
        *_judge_authenticator(subject, transport, parse_version(_version_in(greeting)), logins),
    ]


def _version_in(greeting: Answer) -> str:
    # A proxy may strip the header; the body says the same.
    text = greeting.version or greeting.read(VersionModel).version
    refuse_if_too_old(greeting.hub, text)
    return text


def _judge_version(subject: str, greeting: Answer) -> Finding:
    text = _version_in(greeting)
    version = parse_version(text)
    if version is not None and lacks_security_fixes(version):
        return Finding.warning(
            subject,
            f"JupyterHub {text} lacks the security fixes of October 2026",
            "upgrade to 5.5.3, 6.1.0 or later",
        )
    return Finding.ok(subject, f"JupyterHub {text}")


def _judge_owner(subject: str, whoami: WhoAmI) -> Finding:
    if whoami.kind == "service":
        return Finding.ok(subject, f"the token belongs to the service {whoami.name}")
    return Finding.warning(
        subject,
        f"the token belongs to the {whoami.kind} {whoami.name}, and ends with that account",
        "give courseops a service of its own in c.JupyterHub.services",
    )


def _judge_scopes(subject: str, whoami: WhoAmI) -> list[Finding]:
    missing = [scope for scope in NEEDED_SCOPES if scope not in whoami.scopes]
    findings = [
        Finding.problem(
            subject,
            f"the token lacks the scope {scope}",
            f'add "{scope}" to the scopes of the role of {whoami.name} '
            "(c.JupyterHub.load_roles in jupyterhub_config.py) and restart the hub",
        )
        for scope in missing
    ]
    if not missing:
        findings.append(Finding.ok(subject, f"the token has {', '.join(NEEDED_SCOPES)}"))
    if unneeded := sorted(UNNEEDED_SCOPES & whoami.scopes):
        findings.append(
            Finding.warning(
                subject,
                f"the token may do more than courseops needs: {', '.join(unneeded)}",
                f"take these out of the role of {whoami.name}",
            )
        )
    return findings


def _judge_authenticator(
    subject: str, transport: Transport, release: Version | None, logins: Logins | None
) -> Iterator[Finding]:
    try:
        name = ask_authenticator(transport)
    except MissingScopeError:
        return
    yield from judge_logins(subject, name, release, logins)
