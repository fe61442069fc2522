"""Usage reports on the page: for whom, of what, with whose names."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from courseops.actions.looking import LOOK
from courseops.model.hub import HubUser, RunningServer
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.usage.seen import Sample
from courseops.web.memory.errands import SilentProgress
from tests.support.pages import CONFIG, GRADER, OPERATOR, TEACHER, browser_of, page_in

MORE = """
[courses.stats]
hub = "campus"
title = "Statistics"
[hubs.far]
url = "http://127.0.0.1:10/"
token = {env = "PAGE_TOKEN"}
[courses.abroad]
hub = "far"
title = "Far away"
[courses.far]
hub = "campus"
title = "Named like a hub"
"""
NOW = datetime.now(UTC)
COURSE = "course:python101"


@pytest.fixture
def page(tmp_path, monkeypatch):
    with page_in(tmp_path, monkeypatch, CONFIG + MORE) as page:
        yield page


@pytest.fixture
def site(page):
    with closing(page.open_site("ada", SilentProgress())) as site:
        people = [Person(id=who, username=who, given_name=who.title()) for who in ("zoe", "<b>")]
        enrolled = [Enrolment(person=it, role=Role.LEARNER) for it in people]
        site.store.enrolments.enrol("python101", enrolled, NOW - timedelta(days=9))
        server = RunningServer(username="zoe", server="", started_at=NOW - timedelta(hours=3))
        for hours in (2, 1):
            at = NOW - timedelta(hours=hours)
            sample = Sample(hub="campus", taken_at=at, running=1, accounts=1)
            site.store.usage.add_sample(sample, [server], [HubUser(name="zoe")])
        yield site


@pytest.mark.parametrize("rights", [TEACHER, GRADER], ids=["teacher", "grader"])
def test_staff_see_their_course_and_nobodys_name(page, site, rights):
    shown = browser_of(page, "tina", rights).open("/usage")
    assert "Python for &lt;beginners&gt;" in shown
    assert "Nobody is named" in shown
    for foreign in ("Zoe", "Statistics", "Far away", "the hub campus"):
        assert foreign not in shown
    assert site.store.runs.recent(action=LOOK) == []


def test_a_teacher_who_asks_for_names_is_on_record(page, site):
    shown = browser_of(page, "tina", TEACHER).open(f"/usage?about={COURSE}&names=1")
    assert "With names" in shown
    assert "&lt;B&gt;" in shown
    (looked,) = site.store.runs.recent(action=LOOK)
    (record,) = site.store.runs.audit_of(looked.id)
    assert (looked.scope, record.actor) == ("course/python101", "tina on campus")


@pytest.mark.parametrize("rights", [GRADER, OPERATOR], ids=["grader", "operator"])
@pytest.mark.parametrize("about", [COURSE, "hub", ""])
@pytest.mark.parametrize("path", ["/usage", "/usage/report.csv"])
def test_nobody_else_sees_names(page, site, rights, about, path):
    address = page.link(f"{path}?about={about}&names=1")
    assert browser_of(page, "olga", rights).get(address).status_code in {403, 404}
    assert site.store.runs.recent(action=LOOK) == []


@pytest.mark.parametrize(
    ("rights", "about"),
    [
        (TEACHER, "hub"),
        (TEACHER, "course:stats"),
        (TEACHER, "course:abroad"),
        (TEACHER, "campus"),
        (OPERATOR, "course:abroad"),
        (OPERATOR, "far"),
        # A report has one name, and this one means a hub that is not theirs.
        (OPERATOR, "course:far"),
    ],
)
@pytest.mark.parametrize("path", ["/usage", "/usage/report.json"])
def test_nobody_sees_the_report_of_another_course_or_hub(page, site, rights, about, path):
    answer = browser_of(page, "tina", rights).get(page.link(f"{path}?about={about}"))
    assert answer.status_code == 404


def test_a_learner_sees_no_report(page, site):
    for path in ("/usage", "/usage/report.html"):
        assert browser_of(page, "zoe").get(page.link(path)).status_code == 403


def test_an_operator_sees_the_hub_without_names_or_few_people(page, site):
    shown = browser_of(page, "olga", OPERATOR).open("/usage")
    assert "The hub campus" in shown
    assert "&lt;5" in shown
    assert "Zoe" not in shown
    assert "Far away" not in shown


def test_the_page_has_no_style_at_any_element(page, site):
    """The policy of the pages forbids it: bars would have no length."""
    shown = browser_of(page, "tina", TEACHER).open(f"/usage?about={COURSE}&names=1")
    assert " style=" not in shown
    assert ".wide50{width:50%}" in shown


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("html", "<!doctype html>"), ("csv", "kind,id,title"), ("json", '{\n  "schema": "courseops/')],
)
def test_a_report_is_had_as_a_file(page, site, kind, begins):
    browser = browser_of(page, "tina", TEACHER)
    query = f"about={COURSE}&since=2026-01-01&until=2026-01-31"
    answer = browser.get(page.link(f"/usage/report.{kind}?{query}"))
    assert answer.status_code == 200
    assert answer.text.startswith(begins)
    name = f"usage-python101-2026-01-01.{kind}"
    assert answer.headers["content-disposition"].endswith(name)
    if kind == "json":
        assert json.loads(answer.text)["version"] == 2


@pytest.mark.parametrize("query", ["since=2026-02-01&until=2026-01-01", "since=soon", "until=1"])
def test_days_that_are_none_are_refused(page, site, query):
    answer = browser_of(page, "tina", TEACHER).get(page.link(f"/usage?{query}"))
    assert answer.status_code == 400


def test_there_is_no_other_kind_of_file(page, site):
    answer = browser_of(page, "tina", TEACHER).get(page.link("/usage/report.exe"))
    assert answer.status_code == 404


def test_the_page_speaks_the_browsers_language(page, site):
    assert "Personne n’est nommé" in browser_of(page, "tina", TEACHER, "fr").open("/usage")
