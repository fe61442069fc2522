"""A remembered hub is asked once, knows what we changed, and forgets what it is not sure of."""

import pytest

from courseops.adapters.hub.remembered import RememberedHub
from courseops.adapters.memory.hub import MemoryHub
from courseops.errors import UnreachableError
from courseops.model.hub import HubUser


class Counted(MemoryHub):
    """A hub that counts how often its lists are read."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.readings = []

    def users(self):
        self.readings.append("users")
        return super().users()

    def groups(self):
        self.readings.append("groups")
        return super().groups()


@pytest.fixture
def real() -> Counted:
    return Counted(
        users=[HubUser(name="boss", admin=True), HubUser(name="ada")],
        groups={"py101": ["boss", "ada"]},
        refused={"ghost": "no such person"},
    )


@pytest.fixture
def hub(real) -> RememberedHub:
    remembered = RememberedHub(real)
    remembered.users()
    remembered.groups()
    return remembered


def test_lists_are_read_once_and_hold_what_we_changed(hub, real):
    hub.create_users(["bob", "ada"])
    hub.ensure_group("stats")
    hub.add_to_group("stats", ["bob", "ada"])
    hub.remove_from_group("py101", ["ada"])

    assert {user.name for user in hub.users()} == {"boss", "ada", "bob"}
    assert [user.name for user in hub.users() if user.admin] == ["boss"]
    assert hub.groups() == {"py101": {"boss"}, "stats": {"ada", "bob"}}
    assert real.readings == ["users", "groups"]


def test_a_group_that_is_known_to_be_there_is_not_asked_for(hub, real):
    real.reachable = False

    hub.ensure_group("py101")


@pytest.mark.parametrize(
    "unexpected",
    [
        lambda hub: hub.create_users(["bob", "ghost"]),
        lambda hub: hub.add_to_group("py101", ["nobody"]),
        lambda hub: hub.remove_from_group("py101", ["boss"]),
        lambda hub: hub.delete_user("ada"),
    ],
)
def test_what_does_not_go_as_expected_makes_it_look_again(hub, real, unexpected):
    unexpected(hub)

    assert hub.users() == list(real.accounts.values())
    assert hub.groups() == real.members
    assert real.readings.count("users") == real.readings.count("groups") == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda hub: hub.create_users(["bob"]),
        lambda hub: hub.ensure_group("stats"),
        lambda hub: hub.add_to_group("py101", ["ada"]),
        lambda hub: hub.remove_from_group("py101", ["ada"]),
        lambda hub: hub.delete_user("ada"),
    ],
)
def test_a_hub_that_stops_answering_in_the_middle_is_looked_at_again(hub, real, change):
    real.reachable = False
    with pytest.raises(UnreachableError):
        change(hub)
    real.reachable = True
    del real.accounts["ada"]

    assert [user.name for user in hub.users()] == ["boss"]
    assert real.readings.count("users") == 2
