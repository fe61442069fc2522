"""The pages of a real nbgrader course: what can be mended is shown, and then mended."""

import re
import shutil

import pytest

from courseops.demo.coursework import ASSIGNMENT
from courseops.model.run import Outcome
from tests.support.class_pages import carry_out, site_of
from tests.support.pages import COURSE, GRADER, browser_of, page_in

OWN = f"/courses/{COURSE}/quarantine/{ASSIGNMENT}"
pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("classroom")]

COPIED = Outcome.failed("jules", "a cell is there twice", kind="duplicate-cells")
DEAD = Outcome.failed("lea", "Python ended", kind="crash")


@pytest.fixture
def page(ungraded, tmp_path, monkeypatch):
    """Give the page of a copy of a class that was collected, two of whom are stuck."""
    shutil.copytree(ungraded.folder, tmp_path / "course")
    config = f"""
[hubs.campus]
url = "http://127.0.0.1:9/lake"
token = {{env = "PAGE_TOKEN"}}
[hubs.campus.web]
secret = {{env = "PAGE_TOKEN"}}
[courses.{COURSE}]
hub = "campus"
folder = "course"
"""
    with page_in(tmp_path, monkeypatch, config) as page:
        site = site_of(page)
        with site.journal.run("assignment-autograde", f"course/{COURSE}/{ASSIGNMENT}") as entry:
            entry.note(COPIED, DEAD)
        site.close()
        yield page


def test_a_repair_is_shown_first_and_then_made_beside_the_submission(page, tmp_path):
    grader = browser_of(page, "greta", GRADER)
    submitted = tmp_path / "course/submitted/jules" / ASSIGNMENT
    before = {it.name: it.read_bytes() for it in submitted.iterdir()}
    shown = grader.open(f"{OWN}/repair")
    assert "jules" in shown
    assert "other copies stay, without marks" in shown
    assert "1 other piece of work needs a person" in shown
    reviewed = re.search(r'name="reviewed" value="(\w+)"', shown)[1]

    refused = carry_out(grader, f"{OWN}/repair", reviewed="0" * 12)
    assert "has changed since you looked" in refused
    assert not list(tmp_path.glob("course/mended/**/*.ipynb"))

    assert "1 submission was mended" in carry_out(grader, f"{OWN}/repair", reviewed=reviewed)
    assert {it.name: it.read_bytes() for it in submitted.iterdir()} == before
    assert list(tmp_path.glob("course/mended/**/*.ipynb"))


def test_the_receipts_of_what_was_collected_are_on_a_learners_page(page):
    shown = browser_of(page, "greta", GRADER).open(f"/courses/{COURSE}/people/lea")
    assert "Python ended" in shown
    assert len(re.findall(r'class="fingerprint">[0-9a-f ]+<', shown)) == 1
