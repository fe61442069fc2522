"""How logins at a hub are judged: sure where its configuration was seen, else what to make sure."""

import tomllib

import pytest

from courseops.model.finding import Level
from courseops.model.logins.judging import CLASSES, HubSettings, Logins, lets_existing_in, needs_of
from courseops.model.logins.login_check import judge_logins

NEWEST, FOUR = (6, 1, 1), (4, 1, 6)
USUAL = {
    "native": "nativeauthenticator.nativeauthenticator.NativeAuthenticator",
    "first-use": "firstuseauthenticator.firstuseauthenticator.FirstUseAuthenticator",
    "system": "jupyterhub.auth.PAMAuthenticator",
    "ldap": "ldapauthenticator.ldapauthenticator.LDAPAuthenticator",
    "oauth": "oauthenticator.gitlab.GitLabOAuthenticator",
    "lti": "ltiauthenticator.lti13.auth.LTI13Authenticator",
    "dummy": "jupyterhub.auth.DummyAuthenticator",
    "shared": "jupyterhub.authenticators.shared.SharedPasswordAuthenticator",
}
# What the printed lines come to, once the hub's own configuration was read.
GOOD = {
    "native": {"enable_signup": False, "allow_existing_users": True},
    "first-use": {"create_users": False},
    "system": {"allow_existing_users": True},
    "ldap": {"tls_kwargs.validate": 2, "allow_existing_users": True},
    "oauth": {"allow_existing_users": True, "username_claim": "email"},
    "lti": {"allow_existing_users": True},
    "dummy": {},
    "shared": {"allow_existing_users": True},
}


def settings(kind, **values):
    name = USUAL[kind].rpartition(".")[2]
    family = ("OAuthenticator",) if kind == "oauth" else ()
    return HubSettings(classes=(name, *family, "Authenticator"), values=values)


def judged(kind, values=None, *, release=NEWEST, authenticator=None, **known):
    seen = None if values is None else settings(kind, **values)
    logins = Logins(kind=kind, settings=seen, **known)
    return list(judge_logins("hub/campus", authenticator or USUAL[kind], release, logins))


def problems(findings):
    return [finding for finding in findings if finding.level is Level.PROBLEM]


def unseen(findings):
    return [it.to_do for it in findings if "cannot see whether" in it.what]


@pytest.mark.parametrize("kind", CLASSES)
def test_a_hub_that_has_every_line_has_no_problem(kind):
    findings = judged(kind, GOOD[kind], columns=frozenset({"email"}))

    assert not problems(findings)
    warned = [it for it in findings if it.level is Level.WARNING]
    assert bool(warned) == (kind in {"dummy", "shared", "native"})


@pytest.mark.parametrize("kind", CLASSES)
def test_each_line_that_is_missing_is_a_problem_with_the_line(kind):
    for need in needs_of(kind, NEWEST):
        if need.is_usual:
            continue
        without = {key: it for key, it in GOOD[kind].items() if key.split(".")[0] != need.trait}
        if need.trait == "manage_groups":
            without["manage_groups"] = True
        found = problems(judged(kind, without, columns=frozenset({"email"})))

        assert [it.what for it in found] == [need.wrong]
        assert found[0].to_do.endswith(need.line)


@pytest.mark.parametrize("kind", CLASSES)
def test_what_cannot_be_seen_is_a_warning_with_the_line_and_never_a_problem(kind):
    findings = judged(kind)

    assert not problems(findings)
    lines = [need.line for need in needs_of(kind, NEWEST) if not need.is_usual]
    assert [line.partition("has: ")[2] for line in unseen(findings)] == lines


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("native", {"open_signup": True}),
        ("ldap", {"tls_strategy": "insecure"}),
        ("native", {"manage_groups": True}),
        ("dummy", {"allow_all": False}),
        ("first-use", {"allow_existing_users": False, "allowed_users": ["ada"]}),
    ],
)
def test_what_is_well_unless_changed_is_a_problem_once_it_was(kind, bad):
    assert len(problems(judged(kind, {**GOOD[kind], **bad}))) == 1


@pytest.mark.parametrize("kind", ["native", "ldap", "system", "lti", "shared"])
def test_hubs_before_5_need_nothing_said_to_let_existing_accounts_in(kind):
    assert "allow_existing_users" not in {need.trait for need in needs_of(kind, FOUR)}
    assert "allow_existing_users" in {need.trait for need in needs_of(kind, None)}


def test_oauth_needs_it_on_every_hub():
    assert "allow_existing_users" in {need.trait for need in needs_of("oauth", FOUR)}


@pytest.mark.parametrize(
    ("kind", "values", "lets_in"),
    [
        ("ldap", {}, False),
        ("ldap", {"allow_all": True}, True),
        ("ldap", {"allowed_users": ["ada"]}, True),
        ("oauth", {"allowed_users": ["ada"]}, False),
        ("first-use", {}, True),
        ("dummy", {"allowed_users": ["ada"]}, True),
        ("shared", {}, False),
    ],
)
def test_who_gets_in_follows_what_each_authenticator_does_by_itself(kind, values, lets_in):
    assert lets_existing_in(settings(kind, **values)) is lets_in


def test_the_kind_is_seen_to_fit():
    for kind, name in USUAL.items():
        for other, its in USUAL.items():
            first = judged(kind, authenticator=its)[0]
            is_right = kind == other or (kind, other) == ("shared", "dummy")
            assert first.level is (Level.OK if is_right else Level.PROBLEM), (kind, name, its)
            if not is_right:
                assert first.to_do.endswith(f'[hubs.campus.accounts] kind = "{other}"')


def test_an_authenticator_of_the_schools_own_is_known_by_what_it_is_made_from():
    own = HubSettings(classes=("CampusLogin", "LDAPAuthenticator"), values=GOOD["ldap"])
    seen = Logins(kind="ldap", settings=own)

    first, *_ = judge_logins("hub/campus", "builtins.CampusLogin", NEWEST, seen)
    assert first.level is Level.OK

    first, *_ = judge_logins("hub/campus", "builtins.CampusLogin", NEWEST, Logins(kind="ldap"))
    assert first.level is Level.WARNING
    assert "hub_config" in first.to_do


def test_a_local_oauthenticator_is_oauth_and_no_system_login():
    name = "oauthenticator.github.LocalGitHubOAuthenticator"
    assert judged("oauth", authenticator=name)[0].level is Level.OK


def test_names_that_the_hub_changes_or_refuses_must_be_known_to_us_too():
    found = problems(
        judged(
            "system", {**GOOD["system"], "username_pattern": r'^\w"+$', "username_map": {"a": "b"}}
        )
    )

    told = [
        tomllib.loads("[hubs" + it.to_do.partition("[hubs")[2].replace("] ", "]\n")) for it in found
    ]
    accounts = [it["hubs"]["campus"]["accounts"] for it in told]
    assert accounts == [{"username_pattern": r'^\w"+$'}, {"username_map": {"a": "b"}}]

    assert not problems(
        judged(
            "system",
            {**GOOD["system"], "username_pattern": "^a", "username_map": {"a": "b"}},
            username_pattern="^a",
            username_map={"a": "b"},
        )
    )


@pytest.mark.parametrize(
    ("values", "attribute"),
    [
        ({"bind_dn_template": "uid={username},ou=people"}, "uid"),
        ({"bind_dn_template": ["cn={username},ou=people"]}, "cn"),
        ({"lookup_dn": True, "user_attribute": "mail"}, "mail"),
        (
            {
                "lookup_dn": True,
                "use_lookup_dn_username": True,
                "user_attribute": "mail",
                "lookup_dn_user_dn_attribute": "sAMAccountName",
            },
            "sAMAccountName",
        ),
        ({"bind_dn_template": "{username}@campus.example"}, None),
    ],
)
def test_rosters_must_have_usernames_from_the_attribute_that_people_log_in_with(values, attribute):
    hub = {**GOOD["ldap"], **values}
    found = problems(judged("ldap", hub, attributes=frozenset({"supannAliasLogin"})))

    assert [f'username = "{attribute}"' in it.to_do for it in found] == (
        [True] if attribute else []
    )
    if attribute is not None:
        assert not problems(judged("ldap", hub, attributes=frozenset({attribute.upper()})))


def test_an_lti_claim_that_is_not_what_the_rosters_have_is_warned_of():
    last = judged("lti", GOOD["lti"], columns=frozenset({"username"}))[-1]

    assert last.level is Level.WARNING
    assert "claim email" in last.what
    assert "LTI13Authenticator.username_key" in last.to_do


def test_passwords_that_prove_nothing_are_warned_of():
    dummy = judged("dummy", GOOD["dummy"])
    shared = judged("shared", GOOD["shared"])

    assert any("anybody in under any name" in it.what for it in dummy)
    assert any("all share one password" in it.what for it in shared)


def test_every_finding_beyond_ok_says_what_to_do():
    for kind in CLASSES:
        for values in (None, {}, GOOD[kind], {"manage_groups": True, "allow_all": False}):
            for finding in judged(kind, values):
                assert finding.level is Level.OK or finding.to_do
                assert finding.subject == "hub/campus"


@pytest.mark.parametrize(("release", "warned"), [((5, 5, 4), False), ((6, 0, 0), True)])
def test_native_accounts_on_a_hub_that_breaks_them_are_told(release, warned):
    found = judged("native", {"enable_signup": False}, release=release)
    assert any("lets nobody in on JupyterHub 6" in finding.what for finding in found) is warned
