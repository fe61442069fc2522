"""What every hub promises, asked of the one in memory and of real ones, old and new.

The real ones grant exactly NEEDED_SCOPES, so a scope that we need and do not list fails here.
"""

from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.hub import NEEDED_SCOPES, JupyterHub
from courseops.demo.visitor import Visitor
from courseops.errors import MissingScopeError, RefusedError, UnreachableError
from courseops.model.finding import Level
from courseops.model.logins.judging import kind_of
from courseops.model.run import Outcome, Status
from tests.support.hubs import ADMIN, KEEPER, WATCHER, client_of


def kinds(outcomes: list[Outcome]) -> dict[str, str]:
    """Give what went wrong by name; empty for what is done."""
    assert all((outcome.status is Status.DONE) == (not outcome.kind) for outcome in outcomes)
    return {outcome.subject: outcome.kind for outcome in outcomes}


def names_of(hub) -> set[str]:
    return {user.name for user in hub.users()}


def test_a_created_account_is_listed_as_somebody_who_never_came(hub, fresh):
    ada = fresh("ada")

    assert hub.create_users([ada]) == [Outcome.done(ada)]

    [user] = [user for user in hub.users() if user.name == ada]
    assert not user.admin
    assert user.last_activity_at is None


def test_creating_accounts_again_is_done_too(hub, fresh):
    ada, bob = fresh("ada"), fresh("bob")
    hub.create_users([ada])

    assert kinds(hub.create_users([ada, bob])) == {ada: "", bob: ""}
    assert kinds(hub.create_users([ada, bob])) == {ada: "", bob: ""}


def test_a_name_sent_twice_has_one_outcome(hub, fresh):
    ada = fresh("ada")

    assert hub.create_users([ada, ada]) == [Outcome.done(ada)]


def test_nobody_to_create_is_nothing_to_do(hub):
    assert hub.create_users([]) == []


def test_names_the_hub_forbids_fail_alone_and_the_rest_are_created(hub, fresh):
    good = [fresh("ada") for _ in range(12)]
    slash, blank = fresh("a/b"), f" {fresh('bob')}"

    found = kinds(hub.create_users([*good[:3], slash, *good[3:], blank]))

    assert found == {**dict.fromkeys(good, ""), slash: "invalid-name", blank: "invalid-name"}
    assert names_of(hub).issuperset(good)


def test_a_name_that_cannot_be_created_does_not_stop_those_after_it(world, fresh):
    ada, ghost, bob, other_ghost = fresh("ada"), fresh("ghost"), fresh("bob"), fresh("ghost")
    hub = world.hub(ghosts=[ghost, other_ghost])

    outcomes = hub.create_users([ada, ghost, bob, other_ghost])

    assert kinds(outcomes) == {ada: "", ghost: "not-created", bob: "", other_ghost: "not-created"}
    assert "no such person" in outcomes[1].reason
    assert names_of(hub).issuperset({ada, bob})
    assert not names_of(hub) & {ghost, other_ghost}


def test_a_hub_says_what_people_log_in_through(hub):
    kind = kind_of([hub.authenticator().rpartition(".")[2]])
    assert kind in {"dummy", "shared"}


def test_without_its_scope_a_hub_does_not_say_what_people_log_in_through(world):
    with pytest.raises(MissingScopeError):
        world.lacking("read:hub").authenticator()


@pytest.mark.parametrize("act", ["create", "add", "remove", "delete"])
def test_a_name_in_capitals_is_never_sent(hub, fresh, act):
    ada, group = fresh("ada"), fresh("group")
    hub.create_users([ada])
    hub.ensure_group(group)
    hub.add_to_group(group, [ada])

    [outcome] = {
        "create": lambda name: hub.create_users([name]),
        "add": lambda name: hub.add_to_group(group, [name]),
        "remove": lambda name: hub.remove_from_group(group, [name]),
        "delete": lambda name: [hub.delete_user(name)],
    }[act](ada.capitalize())

    assert (outcome.status, outcome.kind) == (Status.FAILED, "not-normalised")
    assert hub.groups()[group] == {ada}


@pytest.mark.parametrize("name", ["..", "line\nbreak", "x" * 300, ""])
def test_names_that_would_break_paths_or_databases_are_never_sent(hub, name):
    assert kinds(hub.create_users([name])) == {name: "invalid-name"}
    assert name not in names_of(hub)


def test_a_group_can_be_ensured_twice_and_keeps_its_members(hub, fresh):
    ada, group = fresh("ada"), fresh("group")
    hub.create_users([ada])
    hub.ensure_group(group)
    hub.add_to_group(group, [ada])

    hub.ensure_group(group)

    assert hub.groups()[group] == {ada}


def test_members_can_be_added_and_removed_again_and_again(hub, fresh):
    ada, bob, group = fresh("ada"), fresh("bob"), fresh("group")
    hub.create_users([ada, bob])
    hub.ensure_group(group)

    for _ in range(2):
        assert kinds(hub.add_to_group(group, [ada, bob])) == {ada: "", bob: ""}
        assert hub.groups()[group] == {ada, bob}
    for _ in range(2):
        assert kinds(hub.remove_from_group(group, [ada])) == {ada: ""}
        assert hub.groups()[group] == {bob}


def test_unknown_users_fail_alone_and_the_rest_join_the_group(hub, fresh):
    known, group = [fresh("ada") for _ in range(12)], fresh("group")
    strangers = [fresh("stranger"), fresh("stranger")]
    hub.create_users(known)
    hub.ensure_group(group)

    found = kinds(hub.add_to_group(group, [strangers[0], *known, strangers[1]]))

    assert found == dict.fromkeys(known, "") | dict.fromkeys(strangers, "unknown-user")
    assert hub.groups()[group] == set(known)


def test_a_group_that_is_not_there_cannot_be_joined(hub, fresh):
    ada = fresh("ada")
    hub.create_users([ada])

    with pytest.raises(RefusedError, match="group"):
        hub.add_to_group(fresh("absent"), [ada])


def test_a_deleted_account_leaves_its_groups_and_deleting_it_again_is_skipped(hub, fresh):
    ada, group = fresh("ada"), fresh("group")
    hub.create_users([ada])
    hub.ensure_group(group)
    hub.add_to_group(group, [ada])

    assert hub.delete_user(ada) == Outcome.done(ada)
    assert hub.groups()[group] == set()
    assert hub.delete_user(ada).status is Status.SKIPPED


def test_an_admin_is_never_deleted_nor_taken_out_of_a_group(hub, fresh):
    ada, group = fresh("ada"), fresh("group")
    hub.create_users([ada])
    hub.ensure_group(group)
    hub.add_to_group(group, [ADMIN, ada])

    assert kinds([hub.delete_user(ADMIN)]) == {ADMIN: "protected"}
    assert kinds(hub.remove_from_group(group, [ADMIN, ada])) == {ADMIN: "protected", ada: ""}
    assert ADMIN in names_of(hub)
    assert hub.groups()[group] == {ADMIN}


def test_accounts_named_in_the_configuration_are_protected_too(world, fresh):
    dean, group = fresh("dean"), fresh("group")
    hub = world.hub(protected=frozenset({dean.capitalize()}))
    hub.create_users([dean])
    hub.ensure_group(group)
    hub.add_to_group(group, [dean])

    assert kinds([hub.delete_user(dean)]) == {dean: "protected"}
    assert kinds(hub.remove_from_group(group, [dean])) == {dean: "protected"}
    assert hub.groups()[group] == {dean}


def test_a_hub_with_the_needed_scopes_has_no_problem(hub):
    findings = hub.preflight()

    assert findings
    assert not [finding for finding in findings if finding.level is Level.PROBLEM]


@pytest.mark.parametrize("scope", NEEDED_SCOPES)
def test_preflight_names_a_missing_scope_and_the_line_to_add(world, scope):
    problems = [
        finding for finding in world.lacking(scope).preflight() if finding.level is Level.PROBLEM
    ]

    assert [problem.what for problem in problems] == [f"the token lacks the scope {scope}"]
    assert f'"{scope}"' in problems[0].to_do


def test_what_a_missing_scope_forbids_is_refused_by_its_name(world, fresh):
    with pytest.raises(MissingScopeError, match="admin:users") as users:
        world.lacking("admin:users").create_users([fresh("ada")])
    with pytest.raises(MissingScopeError, match="admin:groups") as groups:
        world.lacking("admin:groups").ensure_group(fresh("group"))

    assert users.value.scopes == ("admin:users",)
    assert '"admin:groups"' in groups.value.hint


def test_a_stopped_hub_is_unreachable(world):
    hub = world.stopped()

    for ask in hub.preflight, hub.users, hub.groups, hub.running_servers, hub.volume_claims:
        with pytest.raises(UnreachableError):
            ask()


def test_nobody_is_at_work_on_a_quiet_hub(hub):
    assert hub.running_servers() == []


@pytest.mark.parametrize(
    "world", ["memory", pytest.param("6", marks=pytest.mark.hub)], indirect=True
)
def test_a_list_of_many_pages_is_read_whole(hub, fresh):
    names = [fresh("many") for _ in range(450)]
    group = fresh("group")
    hub.ensure_group(group)

    assert all(outcome.status is Status.DONE for outcome in hub.create_users(names))
    assert all(outcome.status is Status.DONE for outcome in hub.add_to_group(group, names))

    assert names_of(hub).issuperset(names)
    assert len(hub.users()) == len(names_of(hub))
    assert hub.groups()[group] == set(names)


@pytest.mark.hub
def test_a_server_that_runs_is_listed_with_its_times(start_hub, fresh):
    local, ada = start_hub("6"), fresh("ada")
    hub = client_of(local)
    began = datetime.now(UTC) - timedelta(seconds=1)
    with Visitor(local.url, ada, local.password) as visitor:
        visitor.log_in()
        visitor.start_server()
        try:
            [server] = [one for one in hub.running_servers() if one.username == ada]
            with pytest.raises(MissingScopeError, match="read:servers"):
                client_of(local, "without-read-servers").running_servers()
        finally:
            visitor.stop_server()

    assert server.server == ""
    assert began < server.started_at < datetime.now(UTC)
    assert ada not in {one.username for one in hub.running_servers()}


@pytest.mark.hub
def test_the_hub_remembers_the_volume_of_a_server_that_was_stopped(start_hub, fresh):
    local, ada = start_hub("6"), fresh("ada")
    with Visitor(local.url, ada, local.password) as visitor:
        visitor.log_in()
        visitor.start_server()
        visitor.stop_server()

    assert client_of(local, KEEPER).volume_claims()[ada] == f"claim-{ada}"
    with pytest.raises(MissingScopeError, match="admin:server_state"):
        client_of(local).volume_claims()


@pytest.mark.hub
def test_a_wrong_password_lets_nobody_in(start_hub, fresh):
    local = start_hub("6")

    with (
        Visitor(local.url, fresh("ada"), "not the password") as visitor,
        pytest.raises(RefusedError, match="did not let"),
    ):
        visitor.log_in()


@pytest.mark.hub
@pytest.mark.parametrize("release", ["6", "5", "4"])
def test_a_wrong_token_is_said_to_be_wrong_and_never_shown(start_hub, release):
    hub = JupyterHub(name="campus", url=start_hub(release).url, token="dead" * 16)

    for ask in hub.preflight, hub.users, lambda: hub.create_users(["ada"]):
        with pytest.raises(RefusedError, match="does not accept our token") as refusal:
            ask()
        assert "api_token" in refusal.value.hint
        assert "dead" not in f"{refusal.value}{refusal.value.hint}{hub!r}"


@pytest.mark.hub
def test_an_account_named_like_a_service_is_protected_where_services_can_be_seen(start_hub):
    local = start_hub("6")
    hub = client_of(local, WATCHER)
    hub.create_users([WATCHER])

    assert hub.delete_user(WATCHER).kind == "protected"


@pytest.mark.hub
@pytest.mark.parametrize(
    ("release", "level", "saying"),
    [("6", Level.OK, "JupyterHub 6."), ("5", Level.OK, "5.5."), ("4", Level.WARNING, "security")],
)
def test_preflight_says_which_release_and_authenticator_it_sees(start_hub, release, level, saying):
    first, *_, last = client_of(start_hub(release)).preflight()

    assert first.level is level
    assert saying in first.what
    assert "Authenticator" in last.what
