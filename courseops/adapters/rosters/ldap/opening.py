"""Open a line to an LDAP server: encrypted, checked, logged in, and closed in the end.

ldap3's defaults check no certificate, follow referrals with our password and wait for ever, so
every default is set here: https://ldap3.readthedocs.io/en/latest/connection.html.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ldap3

from courseops.adapters.rosters.ldap.connection import (
    ANSWER_TIMEOUT_SECONDS,
    PAGE_SIZE,
    Connection,
)
from courseops.adapters.rosters.ldap.refusals import (
    bind_refused,
    certificate_refused,
    refused,
    translated,
)
from courseops.errors import ConfigError, CourseOpsError

CONNECT_TIMEOUT_SECONDS = 10


@contextlib.contextmanager
def connected(
    url: str,
    *,
    bind_dn: str,
    password: str,
    ca_file: Path | None = None,
    page_size: int = PAGE_SIZE,
) -> Iterator[Connection]:
    """
    Log in over TLS, with the server's certificate and name checked, and close the line after.

    An ldap:// address begins in the open and turns to TLS (StartTLS) before the password is sent.

    Raises:
        ConfigError: there is no certificate authority in `ca_file`, or no password.
        RefusedError: the certificate, the name in it, or the password is wrong.
        UnreachableError: nobody answers, or something that is no LDAP server.
    """
    tls = _CheckedTls(_trust(ca_file))
    wire = _wire(url, bind_dn, password, tls)
    try:
        with translated(lambda error: _not_open(url, tls, error)):
            wire.open(read_server_info=False)
            if not wire.server.ssl:
                wire.start_tls(read_server_info=False)
        with translated(lambda error: bind_refused(url, bind_dn, error)):
            wire.bind(read_server_info=False)
        yield Connection(wire, url=url, page_size=page_size)
    finally:
        _close(wire)


def _wire(url: str, bind_dn: str, password: str, tls: _CheckedTls) -> Any:
    address = urlsplit(url)
    is_tls = address.scheme == "ldaps"
    server = ldap3.Server(
        address.hostname,
        port=address.port or (636 if is_tls else 389),
        use_ssl=is_tls,
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        allowed_referral_hosts=[],
    )
    return ldap3.Connection(
        server,
        bind_dn,
        password,
        # Nobody shares this line; its thread-safe kind copies every answer, deeply.
        client_strategy=ldap3.SYNC,
        auto_bind=ldap3.AUTO_BIND_NONE,
        auto_referrals=False,
        # Its own loop for attributes in parts takes an error for the end.
        auto_range=False,
        # Filters and names go out as they are given.
        auto_escape=False,
        check_names=False,
        raise_exceptions=True,
        read_only=True,
        receive_timeout=ANSWER_TIMEOUT_SECONDS,
        return_empty_attributes=False,
    )


class _CheckedTls(ldap3.Tls):  # type: ignore[misc]  # ldap3 has no types
    """
    Check certificates as Python itself does.

    ldap3 checks none by default, and its own comparison of names knows no addresses from
    Python 3.12 on. `failure` keeps the error that ldap3 would make a sentence of.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self.failure: ssl.SSLError | None = None
        self._context = context

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: ARG002  - ldap3's signature
        host = connection.server.host
        try:
            connection.socket = self._context.wrap_socket(connection.socket, server_hostname=host)
        except ssl.SSLError as error:
            self.failure = error
            raise


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError(
            f"the certificate authority {ca_file} cannot be read: {error.strerror or error}",
            hint="ca_file is a PEM file that begins with -----BEGIN CERTIFICATE-----",
        ) from error


def _not_open(url: str, tls: _CheckedTls, error: Exception) -> CourseOpsError:
    if tls.failure is not None:
        return certificate_refused(url, urlsplit(url).hostname or "", tls.failure)
    return refused(url, "connecting", error)


def _close(wire: Any) -> None:
    with contextlib.suppress(Exception):  # it may be broken, and nothing more is asked of it
        wire.unbind()
    if wire.socket is not None:
        with contextlib.suppress(OSError):
            wire.socket.close()
