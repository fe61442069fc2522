"""An account is made only where it does not belong to whoever comes first."""

import pytest

from courseops.model.logins.judging import unguarded

NATIVE = "nativeauthenticator.NativeAuthenticator"
FIRST_USE = "firstuseauthenticator.FirstUseAuthenticator"


@pytest.mark.parametrize("kind", ["ldap", "shared", "system", None])
@pytest.mark.parametrize("name", [NATIVE, FIRST_USE, "campus.OurNativeAuthenticator"])
def test_where_whoever_comes_first_takes_an_account_courseops_must_set_passwords(name, kind):
    assert name in unguarded(name, kind)


def test_a_kind_that_belongs_to_another_authenticator_does_not_guard_an_account():
    assert 'not as "native"' in unguarded(NATIVE, "first-use")
    assert 'not as "first-use"' in unguarded(FIRST_USE, "native")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (NATIVE, "native"),
        (FIRST_USE, "first-use"),
        ("jupyterhub.auth.PAMAuthenticator", None),
        ("jupyterhub.auth.DummyAuthenticator", "ldap"),
        ("campus.SingleSignOn", None),
    ],
)
def test_an_account_may_be_made_where_nobody_else_can_take_it(name, kind):
    assert unguarded(name, kind) == ""
