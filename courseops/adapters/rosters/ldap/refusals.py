"""Put what ldap3, TLS and the server complain of into our words.

Result codes: https://www.rfc-editor.org/rfc/rfc4511#appendix-A. Active Directory tells the
reason of a refused bind as `data 52e` in the message:
https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--1300-1699-
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Callable, Iterator

from ldap3.core import exceptions as ldap3_errors

from courseops.errors import ConfigError, CourseOpsError, RefusedError, UnreachableError

# OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
_NAME_MISMATCH = {62, 64}
_BIND_REASONS = {
    "525": "there is no such account",
    "52e": "wrong password, or no such account",
    "530": "not at this hour",
    "532": "the password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the password must be changed first",
    "775": "the account is locked",
}
_PORTS = "ldaps:// is for the port that begins with TLS (636), ldap:// for StartTLS (389)"
_SILENT = (
    ldap3_errors.LDAPCommunicationError,
    ldap3_errors.LDAPResponseTimeoutError,
    ldap3_errors.LDAPUnavailableResult,
    ldap3_errors.LDAPBusyResult,
    OSError,
)
_ENCRYPTION_WANTED = (
    ldap3_errors.LDAPConfidentialityRequiredResult,
    ldap3_errors.LDAPStrongerAuthRequiredResult,
)


def certificate_refused(url: str, host: str, error: ssl.SSLError) -> CourseOpsError:
    """Say what is wrong with the certificate, or that TLS never came about."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return UnreachableError(
            f"no TLS with {url}: {error.reason or error}",
            hint=_PORTS,
            system=url,
        )
    if error.verify_code in _NAME_MISMATCH:
        return RefusedError(
            f"the certificate of {url} is for another name than {host}",
            hint="write the server's name into url as its certificate spells it",
        )
    return RefusedError(
        f"the certificate of {url} is not trusted: {error.verify_message}",
        hint="name the authority that signed it in the roster's ldap section: ca_file = …",
    )


def bind_refused(url: str, bind_dn: str, error: Exception) -> CourseOpsError:
    """Say why we could not log in; the password is in none of it."""
    if isinstance(error, ldap3_errors.LDAPInvalidCredentialsResult):
        code = re.search(r"data ([0-9a-f]{3})\b", str(error.message))
        reason = _BIND_REASONS.get(code[1] if code else "", "wrong name or password")
        return RefusedError(
            f"{url} does not let {bind_dn} in: {reason}",
            hint="check bind_dn and password in the roster's ldap section",
            system=url,
        )
    if isinstance(error, ldap3_errors.LDAPPasswordIsMandatoryError):
        return ConfigError(
            f"the password of {bind_dn} is empty",
            hint="check where password in the roster's ldap section points to",
        )
    return refused(url, f"logging in as {bind_dn}", error)


def refused(url: str, attempt: str, error: Exception) -> CourseOpsError:
    """Translate what went wrong during `attempt` ("searching …")."""
    if isinstance(error, ldap3_errors.LDAPStartTLSError):
        return RefusedError(
            f"{url} offers no StartTLS: {error}",
            hint="use ldaps://; courseops sends no password over an open line",
        )
    if isinstance(error, _ENCRYPTION_WANTED):
        return RefusedError(f"{url} wants a better encrypted line: {error.description}")
    if isinstance(error, _SILENT):
        return UnreachableError(
            f"{url} did not answer, {attempt}: {error}",
            # Servers cut a line that begins the other way.
            hint=f"is the server up, and may this machine reach its port? {_PORTS}",
            system=url,
        )
    if isinstance(error, ldap3_errors.LDAPInvalidFilterError):
        return ConfigError(f"{attempt}: the filter cannot be understood", hint="see RFC 4515")
    if isinstance(error, ldap3_errors.LDAPOperationResult):
        return incomplete(url, attempt, error.description, error.message)
    # A web server behind the port, for one, is a bare KeyError to ldap3.
    return UnreachableError(
        f"{url} does not answer as an LDAP server does, {attempt}",
        hint="is it the right port?",
        system=url,
    )


def incomplete(url: str, attempt: str, result: str, message: object = "") -> CourseOpsError:
    """Say that the server gave up; what came before is no roster."""
    hints = {
        "sizeLimitExceeded": "ask the directory's administrator to let this account page through "
        "all (OpenLDAP: size.prtotal=unlimited)",
        "referral": "name the server that holds these entries itself; referrals are not followed",
        "invalidDNSyntax": "write the whole name (cn=…,ou=…,dc=…), and a comma within a part of it "
        "as \\,; in single quotes, TOML leaves the backslash as it is",
        "noSuchObject": "check the names in the roster's ldap section, and that its account may "
        "read there",
    }
    said = f"{result} ({message})" if message else result
    return RefusedError(
        f"{url} gave no complete answer, {attempt}: {said}",
        hint=hints.get(result, "ask the directory's administrator"),
    )


@contextlib.contextmanager
def translated(explain: Callable[[Exception], CourseOpsError]) -> Iterator[None]:
    """Let nothing of ldap3 pass: whatever is raised inside is raised as `explain` puts it."""
    try:
        yield
    except Exception as error:  # a peer that speaks no LDAP is a KeyError to ldap3
        raise explain(error) from error
