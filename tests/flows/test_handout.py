"""A strip opens the hub: the page is read as a learner reads it, and a real hub lets them in."""

import re
import stat

import pytest

from courseops.demo.visitor import Visitor

pytestmark = pytest.mark.hub

_STRIP = re.compile(r'class="username">([^<]*)<.*?class="password">([^<]*)<', re.DOTALL)
_ADDRESS = re.compile(r'class="web">(.*?)</code>', re.DOTALL)


def strips_of(page):
    """Give what a page says: the hub's address, and each username with its password."""
    address = re.sub(r"<[^>]*>", "", _ADDRESS.search(page)[1])
    return address, dict(_STRIP.findall(page))


def test_the_seats_of_a_workshop_get_in_with_what_their_strips_say(desk, start_hub, fresh):
    hub = start_hub("6")
    course, seats = fresh("workshop"), [fresh(f"seat{n}") for n in (1, 2)]
    desk.write("campus.token", hub.token, mode=0o600)
    desk.write("workshop.password", hub.password, mode=0o600)
    desk.write("class.csv", "username\n" + "\n".join(seats))
    accounts = {"kind": "dummy", "password": {"file": "workshop.password"}}
    desk.configure(
        hubs={
            "campus": {"url": hub.url, "token": {"file": "campus.token"}, "accounts": accounts},
        },
        courses={course: {"hub": "campus", "roster": {"csv": "class.csv"}}},
    )
    applied = desk.run("roster", "apply", course, "--yes")
    assert applied.code == 0, applied.err

    done = desk.run("roster", "handout", course, "--output", "page.html")
    assert done.code == 0, done.err
    page = desk.folder / "page.html"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert hub.password not in done.out + done.err

    address, passwords = strips_of(page.read_text(encoding="utf-8"))
    assert address == hub.url
    assert set(passwords) == set(seats)
    for username, password in passwords.items():
        with Visitor(address, username, password) as visitor:
            visitor.log_in()

    again = desk.run("roster", "handout", course, "--output", "page.html")
    assert again.code == 1
    assert "never overwritten" in again.err
