"""What the client makes of answers that a real hub gives only on a bad day."""

import json

import httpx
import pytest

from courseops.adapters.hub.client import FEW
from courseops.errors import MissingScopeError
from courseops.model.finding import Level
from courseops.model.run import Status
from tests.unit.adapters.hub.wires import Script, hub_on, page, said

RUNNING = {"name": "", "started": "2026-11-23T08:00:00.5Z", "last_activity": None, "pending": None}


def test_a_refusal_that_names_nobody_is_bisected():
    names, bad = [f"u{number:02}" for number in range(30)], {"u07", "u23"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return page([{"name": name} for name in names if name not in bad], total=28)
        sent = json.loads(request.content)["usernames"]
        return said(400, {"message": None}) if bad & set(sent) else said(201, [])

    outcomes = hub_on(answer).create_users(names)

    assert [outcome.subject for outcome in outcomes] == names
    assert {one.subject for one in outcomes if one.status is Status.FAILED} == bad


def test_a_quick_refusal_makes_no_larger_batches():
    names = [f"u{number:02}" for number in range(30)]
    exist = said(409, {"message": "All 10 users already exist"})
    listed = page([{"name": name} for name in names], total=30)
    script = Script(exist, exist, exist, listed)

    script.hub().create_users(names)

    sent = [json.loads(request.content)["usernames"] for request in script.requests[:3]]
    assert [len(batch) for batch in sent] == [10, 10, 10]


def test_whom_the_hub_names_as_made_needs_no_look_at_its_list():
    script = Script(said(201, [{"name": "ada"}, {"name": "bob"}]))

    outcomes = script.hub().create_users(["ada", "bob"])

    assert [outcome.status for outcome in outcomes] == [Status.DONE, Status.DONE]
    assert len(script.requests) == 1


def test_whoever_the_hub_does_not_name_as_made_is_looked_for():
    script = Script(
        said(201, [{"name": "ada"}, {}]), page([{"name": "ada"}, {"name": "old"}], total=2)
    )

    outcomes = script.hub().create_users(["ada", "old", "lost"])

    assert {outcome.subject: outcome.kind for outcome in outcomes} == {
        "ada": "",
        "old": "",
        "lost": "not-created",
    }


def test_few_who_leave_a_group_are_looked_at_one_by_one_and_many_in_the_list():
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path.partition("/hub/api")[2])
        if asked[-1] == "/users":
            return page([{"name": "boss", "admin": True}], total=1)
        if asked[-1] == "/users/boss":
            return said(200, {"name": "boss", "admin": True})
        if asked[-1] == "/user":
            return said(200, {"kind": "service", "name": "courseops", "scopes": []})
        return said(404 if request.method == "GET" else 200, {"message": None})

    for some in ["u1"], [f"u{number}" for number in range(FEW)]:
        asked: list[str] = []
        outcomes = hub_on(answer).remove_from_group("py101", ["boss", *some])

        failed = [one.kind for one in outcomes if one.status is Status.FAILED]
        assert failed == ["protected"]
        assert ("/users" in asked) == (len(some) == FEW)


def test_a_name_the_hub_turned_into_another_has_failed():
    script = Script(said(201, [{"name": "other"}]), page([{"name": "other"}], total=1))

    [outcome] = script.hub().create_users(["ada"])

    assert outcome.kind == "not-created"
    assert "username_map" in outcome.mend


@pytest.mark.parametrize(
    ("message", "bad"),
    [
        ("Invalid username: a, b", ["a, b"]),
        ("Invalid usernames: a, b, c/d", ["a, b", "c/d"]),
        ("Invalid usernames: a, c/d", ["a", "c/d"]),
    ],
)
def test_a_comma_in_a_name_never_blames_somebody_else(message, bad):
    names = ["a", "b", "a, b", "c/d"]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return page([{"name": name} for name in names], total=len(names))
        sent = json.loads(request.content)["usernames"]
        refused = [name for name in sent if name in bad]
        if not refused:
            return said(201, [])
        return said(400, {"message": message if sent == names else _invalid(refused)})

    outcomes = hub_on(answer).create_users(names)

    assert [one.subject for one in outcomes if one.kind == "invalid-name"] == [
        name for name in names if name in bad
    ]


def test_an_account_whose_admin_flag_is_hidden_is_protected():
    whoami = {"kind": "service", "name": "courseops", "scopes": []}
    script = Script(said(200, {"name": "boss"}), said(200, whoami))

    assert script.hub().delete_user("boss").kind == "protected"


def test_a_server_that_is_still_stopping_when_deleted_is_reported():
    script = Script(
        said(200, {"name": "ada", "admin": False}),
        said(200, {"kind": "service", "name": "courseops", "scopes": []}),
        said(400, {"message": "ada's server is in the process of stopping, please wait."}),
    )

    outcome = script.hub().delete_user("ada")

    assert outcome.kind == "not-deleted"
    assert "in the process of stopping" in outcome.reason


def test_a_name_is_never_a_path():
    script = Script(
        said(200, {"name": "a/../b?", "admin": False}),
        said(200, {"kind": "service", "name": "courseops", "scopes": []}),
        httpx.Response(204),
    )

    script.hub().delete_user("a/../b?")

    asked = {script.requests[0].url.raw_path, script.requests[-1].url.raw_path}
    assert asked == {b"/jupyter/hub/api/users/a%2F..%2Fb%3F"}


def test_a_server_that_is_still_starting_does_not_run_yet():
    ada = {"name": "ada", "servers": {"": RUNNING, "b": {**RUNNING, "pending": "spawn"}}}
    script = Script(page([ada], total=1))

    [server] = script.hub().running_servers()

    assert script.requests[0].url.params["state"] == "active"
    assert (server.username, server.server, server.last_activity_at) == ("ada", "", None)
    assert server.started_at.tzinfo is not None


def test_servers_that_we_may_not_see_are_no_empty_list():
    with pytest.raises(MissingScopeError, match="read:servers"):
        Script(page([{"name": "ada"}], total=1)).hub().running_servers()


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("6.1.1", Level.OK),
        ("6.0.2", Level.WARNING),
        ("5.5.3", Level.OK),
        ("5.5.2", Level.WARNING),
        ("7.0.0.dev", Level.OK),
    ],
)
def test_releases_without_the_security_fixes_are_warned_of(version, level):
    assert _preflight(version=version)[0].level is level


@pytest.mark.parametrize(
    ("authenticator", "saying"),
    [
        ("nativeauthenticator.NativeAuthenticator", "whoever signs up first"),
        ("jupyterhub.auth.DummyAuthenticator", "under any name"),
        ("ldapauthenticator.LDAPAuthenticator", "log in through"),
    ],
)
def test_preflight_says_what_the_authenticator_means(authenticator, saying):
    assert any(saying in it.what for it in _preflight(authenticator=authenticator))


def test_a_token_of_a_person_and_rights_beyond_need_are_warned_of():
    findings = _preflight(kind="user", scopes=["tokens", "shutdown"])

    warnings = [finding.what for finding in findings if finding.level is Level.WARNING]
    assert len(warnings) == 2
    assert "shutdown, tokens" in warnings[1]


def _preflight(version="6.1.1", authenticator="x.LDAPAuthenticator", kind="service", scopes=()):
    return (
        Script(
            httpx.Response(200, json={"version": version}),
            said(200, {"kind": kind, "name": "courseops", "scopes": list(scopes)}),
            said(200, {"authenticator": {"class": authenticator, "version": "1"}}),
        )
        .hub()
        .preflight()
    )


def _invalid(names: list[str]) -> str:
    return f"Invalid username{'s' if len(names) > 1 else ''}: {', '.join(names)}"
