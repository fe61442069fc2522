"""What `doctor` says of authenticators is true of the authenticators themselves."""

import ssl

import pytest
from firstuseauthenticator import FirstUseAuthenticator
from jupyterhub.auth import Authenticator, DummyAuthenticator, LocalAuthenticator, PAMAuthenticator
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from ldapauthenticator import LDAPAuthenticator
from ldapauthenticator.ldapauthenticator import TlsStrategy
from ltiauthenticator.lti11.auth import LTI11Authenticator
from ltiauthenticator.lti13.auth import LTI13Authenticator
from nativeauthenticator import NativeAuthenticator
from oauthenticator.github import LocalGitHubOAuthenticator
from oauthenticator.google import GoogleOAuthenticator
from oauthenticator.oauth2 import OAuthenticator

from courseops.adapters.hub.inside import _plain
from courseops.model.logins.judging import (
    CLASSES,
    TRAITS,
    HubSettings,
    kind_of,
    needs_of,
    username_claim,
)
from courseops.model.logins.login_check import claim_line

REAL = {
    cls.__name__: cls
    for cls in (
        Authenticator,
        DummyAuthenticator,
        FirstUseAuthenticator,
        LDAPAuthenticator,
        LTI11Authenticator,
        LTI13Authenticator,
        LocalAuthenticator,
        NativeAuthenticator,
        OAuthenticator,
        PAMAuthenticator,
        SharedPasswordAuthenticator,
    )
}


def configurable(name):
    return REAL[name].class_trait_names(config=True)


@pytest.mark.parametrize("owner", TRAITS)
def test_every_setting_that_is_read_is_one_of_the_real_class(owner):
    assert {trait.partition(".")[0] for trait in TRAITS[owner]} <= set(configurable(owner))


@pytest.mark.parametrize("kind", CLASSES)
def test_every_line_sets_what_the_real_class_has(kind):
    for need in needs_of(kind, None):
        assert need.trait in configurable(need.owner)
        assert f"c.{need.owner}.{need.trait}" in need.line
        # A setting of a class further up reaches each class of the kind.
        for name in CLASSES[kind]:
            assert issubclass(REAL[name], REAL[need.owner])
            assert need.trait in configurable(name)
    if kind in {"lti", "oauth"}:
        for name in CLASSES[kind]:
            _, owner, trait = claim_line(kind, frozenset(), name).split(" ")[0].split(".")
            assert trait in configurable(owner)


@pytest.mark.parametrize("kind", CLASSES)
def test_the_real_classes_are_of_their_kind(kind):
    for name in CLASSES[kind]:
        assert kind_of([it.__name__ for it in REAL[name].__mro__]) == kind


@pytest.mark.parametrize("cls", [LocalGitHubOAuthenticator, GoogleOAuthenticator])
def test_oauth_is_known_by_any_of_its_providers(cls):
    assert kind_of([cls.__name__]) == "oauth"


@pytest.mark.parametrize(
    ("cls", "trait", "usual"),
    [
        (NativeAuthenticator, "enable_signup", True),
        (NativeAuthenticator, "open_signup", False),
        (FirstUseAuthenticator, "create_users", True),
        (OAuthenticator, "allow_all", False),
        (OAuthenticator, "allow_existing_users", False),
        (LDAPAuthenticator, "lookup_dn", False),
        (LDAPAuthenticator, "use_lookup_dn_username", False),
        (LDAPAuthenticator, "tls_strategy", TlsStrategy.before_bind),
        (Authenticator, "manage_groups", False),
        (LTI11Authenticator, "username_key", "custom_canvas_user_id"),
        (LTI13Authenticator, "username_key", "email"),
    ],
)
def test_what_holds_where_nothing_is_set_is_as_we_take_it(cls, trait, usual):
    assert cls.class_traits()[trait].default() == usual
    if trait == "username_key":
        assert username_claim(HubSettings(classes=(cls.__name__,))) == usual


@pytest.mark.parametrize(
    ("cls", "names", "lets_all", "lets_existing"),
    [
        (PAMAuthenticator, set(), False, False),
        (PAMAuthenticator, {"ada"}, False, True),
        (LDAPAuthenticator, set(), False, False),
        (LTI13Authenticator, set(), False, False),
        (SharedPasswordAuthenticator, set(), False, False),
        (SharedPasswordAuthenticator, {"ada"}, False, True),
        (DummyAuthenticator, set(), True, False),
        (DummyAuthenticator, {"ada"}, False, True),
        (FirstUseAuthenticator, set(), True, False),
        (FirstUseAuthenticator, {"ada"}, False, True),
        (GoogleOAuthenticator, {"ada"}, False, False),
    ],
)
def test_who_may_log_in_unless_told_is_as_we_take_it(cls, names, lets_all, lets_existing):
    made = cls(allowed_users=names, **_made_with(cls))

    assert made.allow_all is lets_all
    assert made.allow_existing_users is lets_existing


def _made_with(cls):
    if issubclass(cls, LDAPAuthenticator):
        return {"server_address": "ldap.example", "bind_dn_template": "uid={username}"}
    return {"check_passwords_on_startup": False} if cls is FirstUseAuthenticator else {}


def test_the_words_for_tls_mean_what_they_mean_to_ldapauthenticator():
    ldap = {need.trait: need for need in needs_of("ldap", None)}
    for trait, key, well, ill in (
        ("tls_kwargs", "tls_kwargs.validate", ssl.CERT_REQUIRED, ssl.CERT_OPTIONAL),
        ("tls_strategy", "tls_strategy", TlsStrategy.on_connect, TlsStrategy.insecure),
    ):
        for value, holds in ((well, True), (ill, False)):
            said = HubSettings(classes=("LDAPAuthenticator",), values={key: _plain(value)})
            assert ldap[trait].holds(said) is holds
