"""Who gets in where, and what a form must have."""

import re

import pytest

from courseops.model.rights import Rights
from courseops.web.app import DOORS, FORM_KEY
from tests.support.pages import OPERATOR, TEACHER, browser_of, stranger_of

GIVEN = {"course": "python101", "errand": "none"}


def address(page, door):
    return page.link(re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: GIVEN.get(m[1], "x"), door.path))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.path}")
def test_a_stranger_is_sent_to_the_hub_or_away(page, door):
    answer = stranger_of(page).request(door.method, address(page, door))
    if door.is_piece:
        assert answer.status_code == 401
    else:
        assert answer.status_code == 302
        assert answer.headers["location"].startswith("/lake/hub/api/oauth2/authorize?")


@pytest.mark.parametrize(
    "door", [it for it in DOORS if it.method == "POST"], ids=lambda door: door.path
)
@pytest.mark.parametrize("fields", [{}, {FORM_KEY: "guessed"}])
def test_a_form_without_its_key_changes_nothing(page, door, fields):
    answer = browser_of(page, "prof", TEACHER).post(address(page, door), data=fields)
    assert answer.status_code == 403


def test_a_form_from_another_site_changes_nothing(page):
    browser = browser_of(page)
    fields = {FORM_KEY: browser.session.form_key}
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 303)):
        answer = browser.post(page.link("/logout"), data=fields, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == status


def test_no_script_reads_a_page(page):
    browser = browser_of(page)
    for kind, status in (("empty", 403), ("iframe", 403), ("document", 200)):
        answer = browser.get(page.link("/"), headers={"Sec-Fetch-Dest": kind})
        assert answer.status_code == status


def test_the_home_page_speaks_the_browsers_language(page):
    assert "Good day, alice" in browser_of(page).open("/")
    assert "Bonjour, alice" in browser_of(page, language="fr-CH, en;q=0.5").open("/")


def test_a_name_with_markup_is_only_a_name(page):
    shown = browser_of(page, "<script>x</script>", TEACHER).open("/")
    assert "<script>x" not in shown
    assert "Python for &lt;beginners&gt;" in shown


# What is of anybody who is logged in, and of them alone; a new door for everybody is a decision.
OF_ONESELF = ("/files", "/errands")


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.path}")
def test_a_door_lets_in_whom_it_is_for_and_nobody_else(page, door):
    others = Rights(teaches=frozenset({"botany"}), grades=frozenset({"botany"}))
    is_own = door.path == "/" or door.path.startswith(OF_ONESELF)
    kept_out = [] if is_own else [Rights()]
    if "{course}" in door.path:
        kept_out += [others, OPERATOR]
    elif door.path.startswith("/backups"):
        kept_out += [others, TEACHER]
    for rights in kept_out:
        browser = browser_of(page, "eve", rights)
        fields = {FORM_KEY: browser.session.form_key} if door.method == "POST" else None
        answer = browser.request(door.method, address(page, door), data=fields)
        assert answer.status_code == 403, rights
