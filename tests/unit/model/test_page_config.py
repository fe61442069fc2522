"""The lines for the page of a hub: whatever stands in the hub's configuration before, it stays."""

import pytest
from traitlets.config import Config

from courseops.model.logins.hub_config import hub_config
from courseops.model.logins.page_config import PagePlace
from courseops.model.logins.token_place import TokenPlace
from courseops.model.rights import GRADE, OPERATE, TEACH

SCOPE = "access:services!service=courseops-page"
PLACE = TokenPlace(called="file x")
NEWEST, OLD = (6, 1, 1), (5, 5, 4)


def text(*, release=NEWEST, by_scopes=True, courses=("py",), token=PLACE, service="courseops-page"):
    page = PagePlace(
        service=service,
        url="http://127.0.0.1:8098",
        token=token,
        by_scopes=by_scopes,
        courses=courses,
    )
    return hub_config(
        hub="campus", version="x", release=release, scopes=("read:hub",), token=PLACE, logins=None,
        page=page,
    ).text  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """Give a function that runs lines as a hub does, after a configuration of the school's own."""
    for name in ("courseops", "courseops-page"):
        (tmp_path / f"{name}.token").write_text(f"{name} token\n")

    def run_it(lines, before=""):
        c = Config()
        exec(before + lines, {"c": c, "__file__": str(tmp_path / "jupyterhub_config.py")})
        return c.JupyterHub

    return run_it


def held(value):
    """Give what a setting adds, if it is one that adds to what the hub has by itself."""
    if isinstance(value, list | dict | set):
        return value
    added = value.to_dict()
    return added.get("extend", added.get("update"))


def test_the_page_is_a_service_that_logs_people_in_and_has_no_scope_of_its_own(run):
    hub = run(text())
    service = held(hub.services)[-1]
    assert service == {
        "name": "courseops-page",
        "url": "http://127.0.0.1:8098",
        "api_token": "courseops-page token",
        "display": True,
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": [TEACH, GRADE, OPERATE],
    }
    assert not [it for it in held(hub.load_roles) if "courseops-page" in it.get("services", ())]
    assert held(hub.custom_scopes)[TEACH]["subscopes"] == [GRADE]


def test_the_newest_hubs_have_a_setting_for_what_everybody_may_and_older_ones_a_role(run):
    newest, old = run(text()), run(text(release=OLD))
    assert set(held(newest.extra_user_scopes)) == {SCOPE}
    assert "user" not in {it["name"] for it in held(newest.load_roles)}
    assert {"name": "user", "scopes": ["self", SCOPE]} in held(old.load_roles)
    assert "extra_user_scopes" not in old


@pytest.mark.parametrize("release", [NEWEST, OLD])
@pytest.mark.parametrize(
    "before",
    [
        'c.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "read:hub"]}]\n',
        'c.JupyterHub.load_roles.append({"name": "user", "scopes": ["self", "read:hub"]})\n',
    ],
)
def test_a_role_user_of_the_schools_own_keeps_what_it_grants_and_is_the_only_one(
    run, release, before
):
    roles = held(run(text(release=release), before).load_roles)
    assert [it for it in roles if it["name"] == "user"] == [
        {"name": "user", "scopes": ["self", "read:hub", SCOPE]}
    ]


def test_other_scopes_services_and_roles_stay(run):
    before = """
c.JupyterHub.services = [{"name": "theirs"}]
c.JupyterHub.custom_scopes = {"custom:theirs": {"description": "t"}}
c.JupyterHub.load_roles = [{"name": "theirs"}]
c.JupyterHub.extra_user_scopes = {"list:users"}
"""
    hub = run(text(), before)
    assert {"name": "theirs"} in hub.services
    assert {"name": "theirs"} in hub.load_roles
    assert set(hub.custom_scopes) == {"custom:theirs", TEACH, GRADE, OPERATE}
    assert hub.extra_user_scopes == {"list:users", SCOPE}


def test_each_course_has_groups_that_grant_its_own_scopes_and_names_a_hub_takes(run):
    roles = held(run(text(courses=("Py-", "py-", "a.b"))).load_roles)
    ours = {it["name"]: it for it in roles if it.get("groups")}
    assert len(ours) == len([it for it in roles if it.get("groups")]) == 7
    assert all(name.islower() and name[-1].isalpha() for name in ours)
    granted = {it["groups"][0]: it["scopes"] for it in ours.values()}
    assert granted["teach-Py-"] == [f"{TEACH}!group=nbgrader-Py-"]
    assert granted["formgrade-a.b"] == [f"{GRADE}!group=nbgrader-a.b"]
    assert granted["courseops-operators"] == [OPERATE]


def test_where_rosters_say_who_teaches_the_hub_grants_nothing_of_the_kind(run):
    hub = run(text(by_scopes=False))
    assert "custom_scopes" not in hub
    assert "oauth_client_allowed_scopes" not in held(hub.services)[-1]
    assert [it["name"] for it in held(hub.load_roles)] == ["courseops"]


def test_the_pages_token_has_a_place_of_its_own_and_how_to_make_it(run, monkeypatch):
    monkeypatch.setenv("PAGE", "abc")
    hub = run(text(token=TokenPlace(called="environment variable PAGE", variable="PAGE")))
    assert held(hub.services)[-1]["api_token"] == "abc"
    assert "openssl rand > y" in text(token=TokenPlace(called="y", make="openssl rand > y"))


def test_names_with_quotes_are_only_names(run):
    odd = 'a"] + [print("harm")] + ["'
    service = held(run(text(courses=(odd,))).load_roles)
    assert any(f"teach-{odd}" in it.get("groups", ()) for it in service)
