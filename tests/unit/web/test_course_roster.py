"""A course's roster on its pages: looking for changes, applying them, approving what waits."""

import re

import pytest

from courseops.actions.rosters.roster import apply_roster
from courseops.model.run import Ending
from courseops.wiring.courses import roster_ports
from tests.support.class_pages import HUBS, carry_out, class_page_in, site_of, write_list
from tests.support.class_pages import empty_gradebook as empty_gradebook  # noqa: PLC0414
from tests.support.pages import COURSE, HUB, TEACHER, browser_of

OWN = "/courses/python101"
LEARNERS = "nbgrader-python101"
# A minus, which is as wide as a plus.
GOES = "\N{MINUS SIGN}"


@pytest.fixture
def page(tmp_path, monkeypatch, empty_gradebook):
    with class_page_in(tmp_path, empty_gradebook, monkeypatch) as page:
        yield page


@pytest.fixture
def teacher(page):
    return browser_of(page, "tina", TEACHER)


@pytest.fixture
def synced(page, teacher, tmp_path):
    """Bring the course to its roster; from there on everything is a change."""
    write_list(tmp_path, COURSE, ["ada", "bob", "cyd", "dan", "eve"])
    site = site_of(page)
    apply_roster(roster_ports(site, COURSE), site.journal)
    site.close()


def plan_of(shown):
    return re.search(r"/roster/plan/([0-9a-f]{12})\"", shown)[1]


def diff_of(shown):
    """Give sign and name of each line of a diff."""
    return re.findall(r'class="sign"[^>]*>(.)</td><th scope="row">([^<]+)</th>', shown)


def held_run(page):
    site = site_of(page)
    (run,) = site.store.runs.held(f"course/{COURSE}")
    site.close()
    return run.id


def ending_of(page, run_id):
    site = site_of(page)
    run = site.store.runs.get(run_id)
    site.close()
    return run.ending, run.error


def hold_most_leaving(page, tmp_path):
    write_list(tmp_path, COURSE, ["ada"])
    site = site_of(page)
    with pytest.raises(Exception, match="not safe"):
        apply_roster(roster_ports(site, COURSE), site.journal)
    site.close()
    return held_run(page)


def test_the_roster_shows_everybody_by_our_record(teacher):
    shown = teacher.open(f"{OWN}/roster")
    assert "7 of 7 people" in shown
    assert "1 of 7 people" in teacher.open(f"{OWN}/roster?role=assistant")
    assert "1 of 7 people" in teacher.open(f"{OWN}/roster?section=B")
    assert "1 of 7 people" in teacher.open(f"{OWN}/roster?who=BOB@EXAMPLE")


def test_to_look_shows_a_diff_and_changes_nothing(page, teacher, synced, tmp_path):
    before = set(HUBS[HUB].members[LEARNERS])
    write_list(tmp_path, COURSE, ["ada", "bob", "cyd", "eve", "zoe"])
    assert "2 people would change" in carry_out(teacher, f"{OWN}/roster/look")
    shown = teacher.open(f"{OWN}/roster/plan")
    assert diff_of(shown) == [("+", "zoe"), (GOES, "dan")]
    assert "tina looked on" in shown
    assert HUBS[HUB].members[LEARNERS] == before


def test_what_was_looked_at_is_applied_in_two_steps(page, teacher, synced, tmp_path):
    write_list(tmp_path, COURSE, ["ada", "bob", "cyd", "eve", "zoe"])
    carry_out(teacher, f"{OWN}/roster/look")
    step = f"{OWN}/roster/plan/{plan_of(teacher.open(f'{OWN}/roster/plan'))}"
    assert "zoe" in teacher.open(step)
    assert "zoe" not in HUBS[HUB].accounts
    said = carry_out(teacher, step)
    assert "people are as the roster says" in said
    assert HUBS[HUB].members[LEARNERS] == {"ada", "bob", "cyd", "eve", "zoe"}
    assert "Nobody has looked lately" in teacher.open(f"{OWN}/roster/plan")


def test_a_plan_that_is_no_longer_true_is_not_applied(page, teacher, synced, tmp_path):
    write_list(tmp_path, COURSE, ["ada", "bob", "cyd", "eve", "zoe"])
    carry_out(teacher, f"{OWN}/roster/look")
    plan = plan_of(teacher.open(f"{OWN}/roster/plan"))
    write_list(tmp_path, COURSE, ["ada", "bob", "cyd", "eve", "zac"])
    said = carry_out(teacher, f"{OWN}/roster/plan/{plan}")
    assert "has changed since" in said
    assert "zoe" not in HUBS[HUB].accounts


def test_what_a_guard_objects_to_waits_for_approval(page, teacher, synced, tmp_path):
    write_list(tmp_path, COURSE, ["ada"])
    carry_out(teacher, f"{OWN}/roster/look")
    shown = teacher.open(f"{OWN}/roster/plan")
    assert "would be dropped; the limit is" in shown
    plan = plan_of(shown)
    assert "Put it up for approval" in teacher.open(f"{OWN}/roster/plan/{plan}")
    said = carry_out(teacher, f"{OWN}/roster/plan/{plan}")
    assert "waits for a teacher" in said
    assert "bob" in HUBS[HUB].members[LEARNERS]
    assert f"{OWN}/held/{held_run(page)}" in teacher.open(f"{OWN}/roster")


def test_a_held_plan_is_shown_as_it_is_and_approved(page, teacher, synced, tmp_path):
    run = hold_most_leaving(page, tmp_path)
    shown = teacher.open(f"{OWN}/held/{run}")
    assert diff_of(shown) == [(GOES, it) for it in ("bob", "cyd", "dan", "eve")]
    assert "bob, cyd, dan, eve" in teacher.open(f"{OWN}/held/{run}/approve")
    assert "as the roster says" in carry_out(teacher, f"{OWN}/held/{run}/approve")
    assert HUBS[HUB].members[LEARNERS] == {"ada"}
    assert "approved by tina on campus" in teacher.open(f"{OWN}/held/{run}")
    assert ending_of(page, run)[0] is Ending.DONE


def test_why_a_plan_waits_is_said_in_french_too(page, teacher, synced, tmp_path):
    run = hold_most_leaving(page, tmp_path)
    french = browser_of(page, "tina", TEACHER, "fr")
    for path in (f"{OWN}/held/{run}", OWN, "/"):
        assert "ne peut pas être appliqué sans risque" in french.open(path)
        assert "is not safe to apply" in teacher.open(path)


def test_a_held_plan_that_the_world_has_left_behind_is_not_approved(
    page, teacher, synced, tmp_path
):
    run = hold_most_leaving(page, tmp_path)
    write_list(tmp_path, COURSE, ["ada", "bob"])
    assert "has changed since" in carry_out(teacher, f"{OWN}/held/{run}/approve")
    assert "cyd" in HUBS[HUB].members[LEARNERS]


def test_a_held_plan_is_rejected_once(page, teacher, synced, tmp_path):
    run = hold_most_leaving(page, tmp_path)
    assert teacher.fill_in(f"{OWN}/held/{run}/reject").status_code == 303
    assert ending_of(page, run) == (Ending.REFUSED, "rejected by tina on campus")
    assert "rejected by tina" in teacher.open(f"{OWN}/held/{run}")
    assert teacher.fill_in(f"{OWN}/held/{run}/reject").status_code == 409
    assert teacher.fill_in(f"{OWN}/held/{run}/approve").status_code == 409
    assert "bob" in HUBS[HUB].members[LEARNERS]


def test_a_hub_that_does_not_answer_is_said(page, teacher):
    HUBS[HUB].reachable = False
    assert "said problem" in carry_out(teacher, f"{OWN}/roster/look")
