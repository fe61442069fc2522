"""What ran, and who sees what of it."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from courseops.model.jobs.slot import Slot
from courseops.model.rights import Rights
from courseops.model.run import AuditRecord, Ending, Outcome, Phase, Run
from courseops.web.memory.errands import SilentProgress
from tests.support.pages import CONFIG, GRADER, OPERATOR, TEACHER, browser_of, page_in

MORE = """
[courses.stats]
hub = "campus"
[hubs.far]
url = "http://127.0.0.1:10/"
token = {env = "PAGE_TOKEN"}
homes = "far/{username}"
[courses.abroad]
hub = "far"
[courses.python101.roster]
csv = "class.csv"
[courses.abroad.roster]
csv = "class.csv"
"""
NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)
TRAP = "<script>alert(1)</script>"


@pytest.fixture
def page(tmp_path, monkeypatch):
    with page_in(tmp_path, monkeypatch, CONFIG + MORE) as page:
        yield page


@pytest.fixture
def site(page):
    with closing(page.open_site("ada", SilentProgress())) as site:
        yield site


def ran(site, run_id, scope, *outcomes, action="roster-apply", ending=Ending.DONE, **more):
    at = NOW - more.pop("ago", MINUTE)
    error = more.pop("error", "")
    run = Run(id=run_id, action=action, scope=scope, actor="tina", started_at=at, **more)
    site.store.runs.start(run)
    site.store.runs.note(run_id, outcomes)
    if ending is not Ending.RUNNING:
        site.store.runs.end(run_id, ending, at + MINUTE, error)


def said(site, run_id, *lines):
    folder = site.state / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps({"timestamp": NOW.isoformat(), **it}) + "\n" for it in lines)
    (folder / f"{run_id}.jsonl").write_text(text)


SEEN_BY = [
    ("course/python101", {"teacher", "operator"}),
    ("course/python101/hw1", {"teacher", "grader", "operator"}),
    ("deadline/python101/hw1", {"teacher", "grader", "operator"}),
    ("course/python101x/hw1", set()),
    ("course/stats/hw1", {"operator"}),
    ("hub/campus", {"operator"}),
    ("home/campus/lea", {"operator"}),
    ("drill/campus", {"operator"}),
    ("usage/campus", {"operator"}),
    ("job/roster-sync", {"operator"}),
    ("course/abroad", set()),
    ("hub/far", set()),
    ("home/far/lea", set()),
    ("job/nightly-backup", set()),
    ("job/gone", set()),
    ("site", set()),
    ("pseudonyms", set()),
]


@pytest.mark.parametrize(
    ("who", "rights"), [("teacher", TEACHER), ("grader", GRADER), ("operator", OPERATOR)]
)
def test_everybody_sees_what_ran_on_what_is_theirs(page, site, who, rights):
    for number, (scope, _) in enumerate(SEEN_BY):
        job = scope.removeprefix("job/") if scope.startswith("job/") else ""
        ran(site, f"run-{number}-", scope, job=job)
    browser = browser_of(page, "tina", rights)
    listed = browser.open("/runs?parts=1")
    for number, (scope, by) in enumerate(SEEN_BY):
        status = 200 if who in by else 404
        for path in ("", "/progress"):
            address = page.link(f"/runs/run-{number}-{path}")
            assert browser.get(address).status_code == status, (scope, path)
        assert (f"/runs/run-{number}-" in listed) == (who in by), scope


def test_a_learner_sees_no_runs(page, site):
    ran(site, "one", "home/campus/lea")
    for path in ("/runs", "/runs/one", "/runs/one/progress"):
        assert browser_of(page, "lea").get(page.link(path)).status_code == 403


def test_of_a_job_for_several_hubs_an_operator_sees_what_is_theirs(page, site):
    outcomes = [Outcome.done("python101"), Outcome.failed("abroad", "the hub far is away")]
    ran(
        site,
        "outer",
        "job/roster-sync",
        *outcomes,
        job="roster-sync",
        ending=Ending.FAILED,
        error="abroad: no",
    )
    ran(site, "inner", "course/python101", within="outer", ending=Ending.HELD)
    ran(site, "foreign", "course/abroad", within="outer")
    said(
        site,
        "outer",
        {"event": "asked", "scope": "course/python101", "run": "inner"},
        {"event": "asked", "scope": "course/abroad", "run": "foreign"},
        {"event": "the hub far is away"},
    )
    shown = browser_of(page, "olga", OPERATOR).open("/runs/outer")
    assert "/runs/inner" in shown
    assert "scope=course/python101" in shown
    for secret in ("abroad", "foreign", "hub far"):
        assert secret not in shown
    # The teacher sees neither the job nor what was said of others.
    teacher = browser_of(page, "tina", TEACHER)
    assert "asked" in teacher.open("/runs/inner")
    assert "/runs/outer" not in teacher.open("/runs/inner")


def test_the_operator_of_the_only_hub_sees_all(tmp_path, monkeypatch):
    with (
        page_in(tmp_path, monkeypatch) as page,
        closing(page.open_site("ada", SilentProgress())) as site,
    ):
        ran(
            site,
            "one",
            "job/housekeeping",
            job="housekeeping",
            error="a word",
            ending=Ending.FAILED,
        )
        ran(site, "two", "site", within="one")
        said(site, "one", {"event": "tidied up"})
        shown = browser_of(page, "olga", OPERATOR).open("/runs/one")
        assert "/runs/two" in shown
        assert "tidied up" in shown
        assert "a word" in shown


def test_a_run_tells_first_what_failed_and_all_that_was_changed(page, site):
    ran(
        site,
        "one",
        "course/python101",
        Outcome.done("ada"),
        Outcome.skipped("bob", "there already"),
        Outcome.failed(TRAP, "no such account", mend="create it"),
        ending=Ending.INCOMPLETE,
    )
    record = {"run_id": "one", "at": NOW, "actor": "tina", "subject": TRAP, "change": "add"}
    site.store.runs.audit([AuditRecord(phase=it, **record) for it in (Phase.INTENDED, Phase.MADE)])
    shown = browser_of(page, "tina", TEACHER).open("/runs/one")
    assert TRAP not in shown
    assert shown.index("no such account") < shown.index("there already") < shown.index(">ada<")
    assert "create it" in shown
    assert "to be made" in shown


def test_a_log_is_shown_as_text_and_only_its_end(page, site):
    ran(site, "one", "job/collect-at-deadline", job="collect-at-deadline")
    ran(site, "two", "course/python101/hw1", within="one")
    lines = [{"event": f"{TRAP} {n:03}", "run": "two", "path": "a\u202eb"} for n in range(400)]
    said(site, "one", *lines)
    shown = browser_of(page, "greta", GRADER).open("/runs/two")
    assert TRAP not in shown
    assert "\u202e" not in shown
    assert "100 earlier lines" in shown
    assert " 399 " in shown
    assert " 099 " not in shown


def test_a_run_underway_says_how_far_it_is_until_it_is_over(page, site):
    ran(site, "one", "course/python101/hw1", Outcome.done("ada"), ending=Ending.RUNNING)
    site.store.runs.expect("one", 4)
    browser = browser_of(page, "greta", GRADER)
    shown = browser.open("/runs/one")
    assert 'http-equiv="refresh"' in shown
    piece = browser.get(page.link("/runs/one/progress"), headers={"Sec-Fetch-Dest": "empty"})
    assert "1 of 4" in piece.text
    assert "hx-get" in piece.text
    assert "HX-Refresh" not in piece.headers
    site.store.runs.end("one", Ending.DONE, NOW)
    piece = browser.get(page.link("/runs/one/progress"), headers={"Sec-Fetch-Dest": "empty"})
    assert piece.headers["HX-Refresh"] == "true"
    assert "hx-get" not in piece.text


def test_a_held_run_leads_its_teacher_to_the_decision(page, site):
    ran(site, "one", "course/python101", ending=Ending.HELD)
    link = page.link("/courses/python101/held/one")
    assert link in browser_of(page, "tina", TEACHER).open("/runs/one")
    assert link not in browser_of(page, "olga", OPERATOR).open("/runs/one")


def test_runs_are_narrowed_and_leafed_through(page, site):
    for number in range(60):
        ran(site, f"run-{number:02}-", "course/python101", ago=number * MINUTE)
    ran(site, "graded", "course/stats/hw1", action="assignment-autograde", ending=Ending.FAILED)
    browser = browser_of(page, "olga", OPERATOR)
    first = browser.open("/runs?on=course:python101")
    assert "/runs/graded" not in first
    assert "/runs/run-49-" in first
    assert "/runs/run-50-" not in first
    older = first.partition('href="/lake/services/courseops-page/runs?on')[2].partition('"')[0]
    second = browser.open(f"/runs?on{older}".replace("&amp;", "&"))
    assert "/runs/run-50-" in second
    assert "/runs/run-49-" not in second
    for query in ("state=failed", "action=assignment-autograde", "on=course:stats"):
        shown = browser.open(f"/runs?{query}")
        assert "/runs/graded" in shown
        assert "/runs/run-00-" not in shown
    assert "/runs/graded" in browser.open("/runs?state=nonsense&before=yesterday")
    assert "Nothing of that kind" in browser.open("/runs?on=jobs")


@pytest.mark.parametrize("on", ["course:abroad", "course:stats", "hub", "jobs", "nonsense"])
def test_nobody_narrows_to_what_is_not_theirs(page, on):
    answer = browser_of(page, "tina", TEACHER).get(page.link(f"/runs?on={on}"))
    assert answer.status_code == 404


def under_way(site, job, run_id):
    slot = Slot(due_at=NOW, job=job, by_hand=run_id)
    run = Run(id=run_id, action=job, scope=f"job/{job}", actor="daemon", started_at=NOW, job=job)
    site.store.slots.claim(slot, run, "owner", NOW + 60 * MINUTE)


def test_an_operator_has_a_job_stopped_in_two_steps(tmp_path, monkeypatch):
    with (
        page_in(tmp_path, monkeypatch) as page,
        closing(page.open_site("ada", SilentProgress())) as site,
    ):
        under_way(site, "nightly-backup", "one")
        browser = browser_of(page, "olga", OPERATOR)
        assert "/runs/one/stop" in browser.open("/runs/one")
        assert "<form" in browser.open("/runs/one/stop")
        assert site.store.slots.cancelled_by("one") == ""
        assert browser.fill_in("/runs/one/stop").headers["location"].endswith("/runs/one")
        assert site.store.slots.cancelled_by("one") == "olga on campus"
        assert "olga on campus had it stopped" in browser.open("/runs/one")


def test_nobody_else_stops_a_run(page, site):
    under_way(site, "roster-sync", "shared")
    ran(site, "part", "course/python101", within="shared", ending=Ending.RUNNING)
    ran(site, "by-hand", "hub/campus", ending=Ending.RUNNING)
    both = Rights(operates=True, teaches=frozenset({"python101"}))
    for rights, status in ((TEACHER, 403), (OPERATOR, 409), (both, 409)):
        browser = browser_of(page, "olga", rights)
        for run_id in ("part", "by-hand", "shared"):
            answer = browser.fill_in(f"/runs/{run_id}/stop")
            assert answer.status_code == status, run_id
    assert site.store.slots.cancelled_by("shared") == ""
