"""How people log in at a hub, and which of its settings an account that we make needs.

One row a setting, with the line that goes into jupyterhub_config.py. Up to JupyterHub 4 whoever
had an account could log in; from 5 on only who is allowed to, and an account alone allows
nothing: https://jupyterhub.readthedocs.io/en/stable/howto/upgrading-v5.html. What `doctor`
makes of these is in `login_check`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

Release = tuple[int, int, int]

# The names that a class of each kind ends with, or one of those it is made from.
CLASSES: Mapping[str, tuple[str, ...]] = {
    "native": ("NativeAuthenticator",),
    "first-use": ("FirstUseAuthenticator",),
    "system": ("PAMAuthenticator", "LocalAuthenticator"),
    "ldap": ("LDAPAuthenticator",),
    "oauth": ("OAuthenticator",),
    "lti": ("LTI11Authenticator", "LTI13Authenticator"),
    "dummy": ("DummyAuthenticator",),
    "shared": ("SharedPasswordAuthenticator",),
}
_ALLOW_EXISTING_SINCE: Release = (5, 0, 0)
_LETS_ALL_IN = ("first-use", "dummy")
# Whoever comes first chooses the password of an account that has none.
_FIRST_COMES = ("native", "first-use")


@dataclass(frozen=True, kw_only=True)
class HubSettings:
    """
    What a hub's own configuration says of logins: the values of `TRAITS` that it sets.

    `classes` is the authenticator's class and those it is made from, nearest first, without
    their modules; where its package is missing, only what the configuration calls it.
    """

    classes: tuple[str, ...]
    values: Mapping[str, object] = field(default_factory=dict)

    def says(self, trait: str, default: object = None) -> object:
        """Give what the configuration sets, or else `default`."""
        return self.values.get(trait, default)

    @property
    def create_users(self) -> bool:
        """Say whether FirstUseAuthenticator lets a stranger take a name that is not there."""
        return bool(self.says("create_users", default=True))

    @property
    def dbm_path(self) -> str:
        """Give where FirstUseAuthenticator keeps passwords, from where the hub was started."""
        return str(self.says("dbm_path", "passwords.dbm"))

    @property
    def enable_signup(self) -> bool:
        """Say whether NativeAuthenticator lets a stranger ask for a name."""
        return bool(self.says("enable_signup", default=True))


@dataclass(frozen=True, kw_only=True)
class Logins:
    """
    What we know of how people log in at a hub.

    `settings` is None where the hub's own configuration cannot be seen. `attributes` are the
    LDAP attributes that rosters of this hub have usernames from, `columns` those of files.
    """

    kind: str
    username_pattern: str = ""
    username_map: Mapping[str, str] = field(default_factory=dict)
    attributes: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    settings: HubSettings | None = None


@dataclass(frozen=True, kw_only=True)
class Need:
    """
    One setting that accounts need, and the line that sets it.

    `is_usual` says that a hub has it unless somebody changed that, so that it needs no line.
    """

    owner: str
    trait: str
    line: str
    right: str
    wrong: str
    holds: Callable[[HubSettings], bool]
    is_usual: bool = False


def needs_of(kind: str, release: Release | None) -> Iterator[Need]:
    """Give what accounts of a kind need on a hub of that release; None stands for the newest."""
    yield from _OF_KIND.get(kind, ())
    # OAuthenticator brought the setting along before hubs had it.
    if kind == "oauth" or release is None or release >= _ALLOW_EXISTING_SINCE:
        yield _allows(kind)
    yield from (_GROUPS_FROM_OUTSIDE if kind == "oauth" else _GROUPS,)


def kind_of(classes: Iterable[str]) -> str | None:
    """Say which kind an authenticator is of, by its class or the nearest it is made from."""
    for name in classes:
        for kind, endings in CLASSES.items():
            if name.endswith(endings):
                return kind
    return None


def fits(kind: str, found: str | None) -> bool:
    """Say whether an authenticator of the kind `found` is what was configured as `kind`."""
    # Before 5.3, one password for everybody was DummyAuthenticator's.
    return kind == found or (kind, found) == ("shared", "dummy")


def unguarded(authenticator: str, kind: str | None) -> str:
    """
    Say why no account may be made at a hub with this authenticator; empty if one may.

    Where whoever comes first takes an account that has no password, courseops must have been
    told so (`kind`), or it would set none.
    """
    found = kind_of([authenticator.rpartition(".")[2]])
    if found not in _FIRST_COMES or found == kind:
        return ""
    told = f'is configured as "{kind}"' if kind else "is not configured"
    return (
        f"people log in through {authenticator}, which gives an account without a password to "
        f'whoever comes first, and the kind of its accounts {told}, not as "{found}"'
    )


def username_attribute(settings: HubSettings) -> str | None:
    """Name the LDAP attribute that LDAPAuthenticator makes usernames from, if one can be told."""
    if settings.says("lookup_dn"):
        resolved = settings.says("use_lookup_dn_username")
        return _text(settings.says("lookup_dn_user_dn_attribute" if resolved else "user_attribute"))
    templates = settings.says("bind_dn_template")
    for template in templates if isinstance(templates, list) else [templates]:
        if found := re.match(r"\s*([\w.-]+)\s*=\s*\{username\}", str(template)):
            return found[1]
    return None


def username_claim(settings: HubSettings) -> str | None:
    """Name the claim that LTI or OAuth authenticators make usernames from, if one can be told."""
    usual = next((_CLAIMS[name] for name in settings.classes if name in _CLAIMS), None)
    return _text(settings.says("username_key") or settings.says("username_claim") or usual)


def lets_existing_in(settings: HubSettings) -> bool:
    """Say whether whoever has an account may log in, by JupyterHub 5's rules."""
    allowed = bool(settings.says("allowed_users"))
    kind = kind_of(settings.classes)
    lets_all = settings.says("allow_all", kind in _LETS_ALL_IN and not allowed)
    lets_existing = settings.says("allow_existing_users", allowed and kind != "oauth")
    return bool(lets_all or lets_existing)


def _checks_certificate(settings: HubSettings) -> bool:
    return settings.says("tls_kwargs.validate") == _CERT_REQUIRED


def _encrypts(settings: HubSettings) -> bool:
    return settings.says("tls_strategy") not in _INSECURE


def _allows(kind: str) -> Need:
    return Need(
        owner="Authenticator",
        trait="allow_existing_users",
        line="c.Authenticator.allow_existing_users = True",
        right="whoever has an account may log in",
        wrong="an account that courseops makes may not log in",
        holds=lets_existing_in,
        is_usual=kind in _LETS_ALL_IN,
    )


def _groups(*, is_usual: bool) -> Need:
    return Need(
        owner="Authenticator",
        trait="manage_groups",
        line="c.Authenticator.manage_groups = False",
        right="the authenticator leaves groups alone",
        wrong="each login replaces the groups that courseops keeps",
        holds=lambda settings: not settings.says("manage_groups"),
        is_usual=is_usual,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


# ssl.CERT_REQUIRED, and what TlsStrategy.insecure is after its way through JSON.
_CERT_REQUIRED = 2
_INSECURE = ("insecure", "TlsStrategy.insecure", 3)

# What LTI authenticators do unless told; an OAuthenticator of each provider has its own way.
_CLAIMS = {"LTI11Authenticator": "custom_canvas_user_id", "LTI13Authenticator": "email"}

_GROUPS = _groups(is_usual=True)
_GROUPS_FROM_OUTSIDE = _groups(is_usual=False)

_OF_KIND: Mapping[str, tuple[Need, ...]] = {
    "native": (
        Need(
            owner="NativeAuthenticator",
            trait="enable_signup",
            line="c.NativeAuthenticator.enable_signup = False",
            right="no stranger can sign up",
            wrong="a stranger can sign up under a learner's name",
            holds=lambda settings: not settings.enable_signup,
        ),
        Need(
            owner="NativeAuthenticator",
            trait="open_signup",
            line="c.NativeAuthenticator.open_signup = False",
            right="nobody gets in without being let in",
            wrong="whoever signs up gets in unasked",
            holds=lambda settings: not settings.says("open_signup"),
            is_usual=True,
        ),
    ),
    "first-use": (
        Need(
            owner="FirstUseAuthenticator",
            trait="create_users",
            line="c.FirstUseAuthenticator.create_users = False",
            right="no stranger can take a name that is not there",
            wrong="a stranger can take a learner's name before the learner has an account",
            holds=lambda settings: not settings.create_users,
        ),
    ),
    "ldap": (
        Need(
            owner="LDAPAuthenticator",
            trait="tls_kwargs",
            line="import ssl; c.LDAPAuthenticator.tls_kwargs.update("
            '{"validate": ssl.CERT_REQUIRED})',
            right="the directory's certificate is checked",
            wrong="passwords go to whatever answers: the directory's certificate is not checked",
            holds=_checks_certificate,
        ),
        Need(
            owner="LDAPAuthenticator",
            trait="tls_strategy",
            line='c.LDAPAuthenticator.tls_strategy = "before_bind"',
            right="passwords travel encrypted",
            wrong="passwords travel to the directory unencrypted",
            holds=_encrypts,
            is_usual=True,
        ),
    ),
}

# What is read of a hub's configuration, by the class that has it; all else stays unread.
# A name with a dot is one key of a setting that may hold secrets beside it.
TRAITS: Mapping[str, tuple[str, ...]] = {
    "Authenticator": (
        "allow_all",
        "allow_existing_users",
        "allowed_users",
        "manage_groups",
        "username_map",
        "username_pattern",
    ),
    "NativeAuthenticator": ("enable_signup", "open_signup"),
    "FirstUseAuthenticator": ("create_users", "dbm_path"),
    "LDAPAuthenticator": (
        "bind_dn_template",
        "lookup_dn",
        "lookup_dn_user_dn_attribute",
        "tls_kwargs.validate",
        "tls_strategy",
        "use_lookup_dn_username",
        "user_attribute",
    ),
    "LTI11Authenticator": ("username_key",),
    "LTI13Authenticator": ("username_key",),
    "OAuthenticator": ("username_claim",),
}
