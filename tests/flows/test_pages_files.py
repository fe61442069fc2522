"""Lost work comes back by browser: to learners themselves, and by ops; and to nobody else."""

import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.store import open_store_in
from tests.support.backup import LEARNER
from tests.support.school import (
    CLASS,
    FINE,
    HOSTILE,
    LOSER,
    LOST,
    OPERATOR,
    PLAIN_LOSER,
    TEACHER,
    TRAP,
    TRAPS,
)

pytestmark = [
    pytest.mark.hub,
    pytest.mark.browser,
    pytest.mark.nbgrader,
    pytest.mark.restic,
    pytest.mark.xdist_group("pages-school"),
    pytest.mark.timeout(900),
]

# What of a learner's part of the page is more than words, tables and links to elsewhere.
OBEYED = """() => [...document.querySelectorAll("main .foreign *")].filter((it) =>
    /^(script|iframe|svg|style|link|meta|form|base|object|embed|input|template)$/i.test(it.tagName)
    || [...it.attributes].some((had) =>
        !/^(href|src|alt|rel|start|scope|colspan|rowspan)$/.test(had.name))
    || !/^(https?:|mailto:|data:image)/.test(it.href || it.src || "http:")
).map((it) => it.outerHTML)"""


@pytest.mark.parametrize("who", [LOSER, PLAIN_LOSER])
def test_a_learner_has_a_deleted_notebook_back_alone(school, sit_down, who):
    home = school.home(who)
    assert not (home / LOST).exists()
    window = sit_down(who, plain=who == PLAIN_LOSER)
    window.follow("My files")
    window.wait_for("Deleted lately")
    window.follow("hw1.ipynb")
    assert "the work of a week" in window.text
    window.follow("All versions")
    assert window.page.locator("tbody tr").count() == 2
    window.page.get_by_role("link", name=re.compile("^Bring back the version")).last.click()
    assert not list(home.glob("restored-*"))
    window.press("Bring it back")
    window.page.locator(".said.good").wait_for()

    (back,) = home.glob("restored-*/**/hw1.ipynb")
    assert back.read_text() == FINE
    assert back.stat().st_uid == (LEARNER if os.geteuid() == 0 else os.geteuid())
    assert not (home / LOST).exists()
    with open_store_in(school.desk.folder / "state") as store:
        run = next(it for it in store.runs.recent() if it.action == "restore-apply")
        assert run.actor.startswith(who)
        assert any(who in it.subject or who in run.scope for it in store.runs.audit_of(run.id))
    assert not window.faults


def test_ops_see_how_old_copies_are_and_bring_something_back(school, sit_down):
    window = sit_down(OPERATOR)
    window.follow("Backups")
    assert set(CLASS) <= set(window.text.split())
    window.follow("ada")
    window.follow("notes.txt")
    assert "mine: ada" in window.text
    window.follow("Difference to today")
    assert "There is no difference" in window.text
    window.follow("Bring back this version")
    window.press("Bring it back")
    window.page.locator(".said.good").wait_for()

    (back,) = school.home("ada").glob("restored-*/**/notes.txt")
    assert back.read_text() == (school.home("ada") / "notes.txt").read_text()
    assert not window.faults


def test_nothing_in_a_notebook_runs_when_somebody_looks_at_it(school, sit_down):
    for who, path in (
        (OPERATOR, f"backups/people/{HOSTILE}/preview?path={TRAP}"),
        (HOSTILE, f"files/preview?path={TRAP}"),
        (OPERATOR, f"backups/people/{HOSTILE}/difference?path={TRAP}"),
    ):
        window = sit_down(who)
        assert window.go(f"{school.prefix}/{path}") == 200
        window.page.wait_for_load_state("networkidle")
        assert "preview" not in path or "The work of a week" in window.text
        assert window.page.evaluate(OBEYED) == []
        for link in window.page.locator("main .foreign :is(a, summary)").all():
            assert link.get_attribute("href") is None
            link.click()
        assert not window.dialogs
        assert not window.strays
        assert not window.faults
        assert window.path.startswith(school.prefix)
    # In the source of a cell it can still be read.
    window.go(f"{school.prefix}/backups/people/{HOSTILE}/preview?path={TRAP}")
    assert TRAPS[0] in "".join(window.page.locator("pre.source").all_inner_texts())


def test_a_file_is_kept_and_not_shown(school):
    with school.caller() as caller:
        school.log_in(caller, HOSTILE)
        sent = caller.get(f"{school.address}files/download", params={"path": TRAP})
    assert sent.status_code == 200
    assert sent.headers["content-disposition"].startswith("attachment")
    assert sent.headers["content-type"] == "application/octet-stream"
    assert sent.headers["x-content-type-options"] == "nosniff"


ASTRAY = [
    f"../{PLAIN_LOSER}/{LOST}",
    f"week1/../../{PLAIN_LOSER}/{LOST}",
    f"./../{PLAIN_LOSER}/notes.txt",
    f"/{PLAIN_LOSER}/{LOST}",
    f"{PLAIN_LOSER}/{LOST}",
    "..",
    "/etc/passwd",
    "../../../../../../etc/passwd",
    "notes.txt\x00",
    "week1\\..\\notes.txt",
    "%2e%2e/notes.txt",
    "*",
    "\udcff",
]


@pytest.mark.parametrize("what", ["preview", "versions", "difference", "download", "restore"])
def test_a_path_that_leads_out_of_ones_home_leads_nowhere(school, what):
    with school.caller() as caller:
        page = school.log_in(caller, LOSER, "/files").text
        key = re.search(r'name="form-key" value="([^"]+)"', page)[1]
        for path in ASTRAY:
            asked = {"params": {"path": path.encode("utf-8", "surrogateescape")}}
            address = f"{school.address}files/{what}"
            assert caller.get(address, **asked).status_code in {400, 404}, path
            if what == "restore":
                sent = caller.post(address, data={"form-key": key}, **asked)
                assert sent.status_code in {400, 404}, path
        assert caller.get(f"{school.address}files", params={"in": ".."}).status_code in {400, 404}
    assert not list(school.home(PLAIN_LOSER).glob("**/passwd"))


@pytest.mark.parametrize("who", [LOSER, TEACHER])
def test_the_homes_of_others_are_shut(school, who):
    with school.caller() as caller:
        page = school.log_in(caller, who, "/files").text
        key = re.search(r'name="form-key" value="([^"]+)"', page)[1]
        theirs = f"{school.address}backups/people/{PLAIN_LOSER}"
        asked = {"params": {"path": LOST}}
        for what in "", "/preview", "/versions", "/difference", "/download", "/restore":
            assert caller.get(f"{theirs}{what}", **asked).status_code == 403
        sent = caller.post(f"{theirs}/restore", data={"form-key": key}, **asked)
        assert sent.status_code == 403
        assert caller.get(f"{school.address}backups").status_code == 403
        # To name somebody in the address of one's own files changes nothing.
        for name in "user", "username", "who":
            own = caller.get(f"{school.address}files", params={name: PLAIN_LOSER})
            assert PLAIN_LOSER not in own.text


def test_words_that_name_no_moment_are_said_back_harmlessly(sit_down, school):
    window = sit_down(LOSER)
    window.follow("My files")
    window.page.fill("input[name=at]", TRAPS[1])
    window.press("Look")
    assert TRAPS[1] in window.text
    assert not window.dialogs
    window.page.fill("input[name=q]", TRAPS[0])
    moment = datetime.now(UTC) - timedelta(minutes=1)
    window.page.fill("input[name=at]", f"{moment:%Y-%m-%d %H:%M}")
    window.press("Look")
    assert TRAPS[0] in window.text
    assert not window.dialogs
