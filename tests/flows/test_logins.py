"""Who gets in at a real hub: a learner whom courseops created, and nobody else.

Each test runs on a hub of each authenticator, through the hub's own form.
"""

from __future__ import annotations

import httpx
import pytest

from courseops.errors import RefusedError
from courseops.model.rosters.credential import new_password
from courseops.model.run import Status
from tests.support.accounts import CLOSED, KINDS, doors, open_door

OPEN = {
    "native": "c.NativeAuthenticator.enable_signup = True\n",
    "first-use": "c.FirstUseAuthenticator.create_users = True\n",
}
where_courseops_gives_passwords = pytest.mark.parametrize(
    "door", doors("native", "first-use", "system"), indirect=True, scope="session"
)


def sign_up(door, username, password):
    """Send the form with which NativeAuthenticator lets people sign up, if it has one."""
    with httpx.Client(trust_env=False, timeout=60) as browser:
        page = browser.get(f"{door.hub.url}/hub/signup")
        form = {
            "username": username,
            "signup_password": password,
            "signup_password_confirmation": password,
            "_xsrf": browser.cookies.get("_xsrf", ""),
        }
        if page.status_code == 200:
            assert browser.post(f"{door.hub.url}/hub/signup", data=form).status_code == 200


@pytest.fixture
def learner(door, new_name):
    """Give somebody whom courseops created, with the password they were handed."""
    username = new_name("ada")
    return username, door.create(username)


def test_a_created_learner_logs_in(door, learner):
    username, password = learner
    assert door.user(username).last_activity_at is None
    assert door.lets_in(username, password)
    assert door.user(username).last_activity_at is not None


def test_a_wrong_password_opens_nothing(door, learner):
    username, _ = learner
    assert not door.lets_in(username, new_password())


def test_an_empty_password_opens_nothing(door, learner):
    username, _ = learner
    assert not door.lets_in(username, "")


def test_an_unknown_name_opens_nothing_with_anybodys_password(door, learner, new_name):
    _, password = learner
    stranger = new_name("eve")
    assert not door.lets_in(stranger, password)
    assert door.user(stranger) is None


def test_the_first_visitor_does_not_choose_the_password(door, learner):
    username, password = learner
    taken = new_password()
    assert not door.lets_in(username, taken)
    assert not door.lets_in(username, taken)
    assert door.lets_in(username, password)


def test_nobody_signs_up_as_a_learner(door, learner):
    username, password = learner
    taken = new_password()
    sign_up(door, username, taken)
    assert not door.lets_in(username, taken)
    assert door.lets_in(username, password)


@where_courseops_gives_passwords
def test_a_first_password_is_given_once_and_reset_on_demand(door, learner):
    username, password = learner
    (again,) = door.credentials.insert({username: new_password()})
    assert (again.status, again.kind) == (Status.SKIPPED, "has-password")
    assert door.lets_in(username, password)

    reset = new_password()
    assert door.credentials.replace(username, reset).status is Status.DONE
    assert not door.lets_in(username, password)
    assert door.lets_in(username, reset)


@where_courseops_gives_passwords
def test_a_hub_set_up_as_asked_is_not_refused(door):
    door.credentials.refuse_if_open()


@pytest.fixture(
    scope="session",
    params=doors(*OPEN),
)
def open_to_strangers(request, tmp_path_factory):
    """Run a hub as its authenticator is by default: whoever comes makes an account."""
    folder = tmp_path_factory.mktemp(f"open-{request.param}")
    with open_door(folder, KINDS[request.param], OPEN[request.param] + CLOSED) as door:
        yield door


def test_a_hub_user_without_a_credential_is_taken_over(open_to_strangers, new_name):
    # This is the hole: it is why the credential comes first.
    username, taken = new_name("grace"), new_password()
    open_to_strangers.create_hub_user(username)
    sign_up(open_to_strangers, username, taken)
    assert open_to_strangers.lets_in(username, taken)


def test_a_hub_user_whose_credential_came_first_is_not_taken_over(open_to_strangers, new_name):
    username, taken = new_name("grace"), new_password()
    password = open_to_strangers.create(username)
    sign_up(open_to_strangers, username, taken)
    assert not open_to_strangers.lets_in(username, taken)
    assert open_to_strangers.lets_in(username, password)


@pytest.mark.parametrize("open_to_strangers", doors("native"), indirect=True, scope="session")
def test_a_hub_where_strangers_sign_up_is_refused_with_the_line_to_put_in(open_to_strangers):
    with pytest.raises(RefusedError, match="strangers may sign up") as refused:
        open_to_strangers.credentials.refuse_if_open()
    assert "c.NativeAuthenticator.enable_signup = False" in refused.value.hint
