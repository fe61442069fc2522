"""A strip opens the hub: the page is read as a learner reads it, and a real hub lets them in."""

import re
import stat

import pytest

from courseops.demo.visitor import Visitor
from tests.support.accounts import PYTHON, doors

pytestmark = pytest.mark.hub

_STRIP = re.compile(r'class="username">([^<]*)<.*?class="password">([^<]*)<', re.DOTALL)
_ADDRESS = re.compile(r'class="web">(.*?)</code>', re.DOTALL)


def strips_of(page):
    """Give what a page says: its web addresses, and each username with its password."""
    text = page.read_text(encoding="utf-8")
    addresses = {re.sub(r"<[^>]*>", "", found) for found in _ADDRESS.findall(text)}
    return addresses, dict(_STRIP.findall(text))


def test_the_seats_of_a_workshop_get_in_with_what_their_strips_say(desk, start_hub, fresh):
    hub = start_hub("6")
    course, seat = fresh("workshop"), fresh("seat")
    seats = [f"{seat}{number:02}" for number in range(1, 13)]
    desk.write("campus.token", hub.token, mode=0o600)
    desk.write("workshop.password", hub.password, mode=0o600)
    accounts = {"kind": "dummy", "password": {"file": "workshop.password"}}
    desk.configure(
        hubs={
            "campus": {"url": hub.url, "token": {"file": "campus.token"}, "accounts": accounts},
        },
        courses={course: {"hub": "campus", "roster": {"seats": 12, "seat_name": seat}}},
    )
    applied = desk.run("roster", "apply", course, "--yes")
    assert applied.code == 0, applied.err

    done = desk.run("roster", "handout", course, "--output", "page.html")
    assert done.code == 0, done.err
    page = desk.folder / "page.html"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert hub.password not in done.out + done.err

    addresses, passwords = strips_of(page)
    assert addresses == {hub.url}
    assert set(passwords) == set(seats)
    for username in (seats[0], seats[-1]):
        with Visitor(hub.url, username, passwords[username]) as visitor:
            visitor.log_in()

    again = desk.run("roster", "handout", course, "--output", "page.html")
    assert again.code == 1
    assert "never overwritten" in again.err


def accounts_of(door, kind):
    folder = door.hub.folder
    return {"kind": kind} | {
        "native": {"file": str(folder / "jupyterhub.sqlite")},
        "first-use": {
            "file": str(folder / "passwords.dbm"),
            "python": str(PYTHON),
            "hub_config": str(folder / "jupyterhub_config.py"),
            "hub_program": str(PYTHON.parent / "jupyterhub"),
        },
        "system": {},
    }[kind]


@pytest.fixture
def classroom(desk, door, request, new_name):
    """A course of two learners, brought to its class list by the command line."""
    kind = request.node.callspec.params["door"]
    desk.write("campus.token", door.hub.token, mode=0o600)
    campus = {"url": door.hub.url, "token": {"file": "campus.token"}}
    names = [new_name("ada"), new_name("bob")]
    desk.write("class.csv", "username\n" + "\n".join(names))
    desk.configure(
        hubs={"campus": campus | {"accounts": accounts_of(door, kind)}},
        courses={"py": {"hub": "campus", "roster": {"csv": "class.csv"}}},
    )
    assert "first password" in desk.run("roster", "plan", "py").out
    applied = desk.run("roster", "apply", "py", "--yes")
    assert applied.code == 0, applied.err
    assert "2 first passwords wait: courseops roster handout py" in applied.out
    # A second run gives nobody another password.
    assert desk.run("roster", "plan", "py").code == 0
    return names


@pytest.mark.parametrize(
    "door", doors("native", "first-use", "system"), indirect=True, scope="session"
)
def test_learners_get_in_change_their_password_and_get_a_new_one(desk, door, classroom):
    ada, bob = classroom
    first = desk.run("roster", "handout", "py", "--output", "first.html")
    assert first.code == 0, first.err
    addresses, passwords = strips_of(desk.folder / "first.html")
    assert passwords.keys() == {ada, bob}
    with Visitor(door.hub.url, ada, passwords[ada]) as visitor:
        visitor.log_in()
        # Accounts of the machine change theirs in a terminal.
        for change_page in addresses - {door.hub.url}:
            page = visitor._client.get(change_page)
            assert page.status_code == 200
            assert 'type="password"' in page.text

    # The hub's API is asked too: it lists only whom the file of passwords is of.
    examined = desk.run("doctor", "--json").document
    assert [it["what"] for it in examined["findings"] if it["what"].startswith("passwords of")]

    nothing = desk.run("roster", "handout", "py", "--output", "second.html")
    assert (nothing.code, "nothing to hand out" in nothing.out) == (0, True)
    assert not (desk.folder / "second.html").exists()

    reset = desk.run("roster", "handout", "py", "--reset-password", ada, "--yes", "--json")
    assert reset.code == 0, reset.err
    _, again = strips_of(desk.folder / reset.document["page"])
    assert again.keys() == {ada}
    assert door.lets_in(ada, again[ada])
    assert not door.lets_in(ada, passwords[ada])
    assert door.lets_in(bob, passwords[bob])

    shown = desk.run("job", "show", reset.document["run_id"], "--json")
    said = "".join([first.out, first.err, reset.out, reset.err, shown.out])
    assert "reset password" in shown.out
    assert not [secret for secret in (*passwords.values(), *again.values()) if secret in said]
    kept = b"".join(path.read_bytes() for path in (desk.folder / "state").rglob("*.*"))
    assert not [
        secret for secret in (*passwords.values(), *again.values()) if secret.encode() in kept
    ]
