"""The report as a page, as text, as rows: whole, escaped, and sufficient unto itself."""

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from courseops.adapters.pages.usage import as_csv, as_html, as_text
from courseops.model.usage.report import AssignmentProgress
from tests.support.usage import month_report

EVIL = '<img src=x onerror="alert(1)">'


class Tags(HTMLParser):
    """Collects a page's tags, and insists that they are closed in order."""

    VOID = frozenset({"meta", "rect", "path", "polygon", "polyline"})

    def __init__(self, page: str):
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag


@pytest.fixture(scope="module")
def report():
    return month_report()


@pytest.fixture(scope="module")
def page(report):
    return as_html(report)


def test_the_page_needs_nothing_from_anywhere(page):
    tags = Tags(page).seen
    attributes = {name for _, given in tags for name in given}

    assert {tag for tag, _ in tags}.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert not [name for name in attributes if name in ("src", "href") or name.startswith("on")]
    assert not re.search(r"url\(|@import|https?://", page)


def test_the_page_can_be_read_without_seeing_it(page):
    tags = Tags(page).seen
    names = [tag for tag, _ in tags]

    assert ("html", {"lang": "en"}) in tags
    assert names.count("h1") == names.count("main") == 1
    assert names.count("caption") == names.count("table") == 5
    assert all("scope" in given for tag, given in tags if tag == "th")
    assert all(given["aria-label"] for tag, given in tags if tag == "svg")


def test_names_with_markup_are_shown_not_obeyed(report):
    courses = tuple(
        replace(it, title=EVIL, assignments=(AssignmentProgress(name=EVIL, learners=1),))
        for it in report.courses
    )
    hubs = tuple(replace(it, hub=EVIL) for it in report.hubs)
    observed = tuple(replace(it, hub=EVIL) for it in report.observed)
    evil = replace(
        report, site=EVIL, title=EVIL, hubs=hubs, courses=courses, observed=observed, notes=(EVIL,)
    )

    assert "<img" not in as_html(evil)


def test_text_and_page_say_the_same_numbers(report, page):
    text = as_text(report)
    for said in ("147", "897", "95.4\u202f%", "Python for beginners", "hw2-loops"):
        assert said in text
        assert said in page


def test_lines_of_text_fit_a_terminal(report):
    assert max(map(len, as_text(month_report(hubs=())).splitlines())) <= 80


def test_rows_name_each_hub_and_course_once(report):
    rows = list(csv.DictReader(io.StringIO(as_csv(report))))

    assert [(row["kind"], row["id"]) for row in rows] == [
        ("hub", "campus"),
        ("hub", "lab"),
        ("course", "python101"),
        ("course", "stats2"),
        ("course", "bio"),
    ]
    assert {row["active"] for row in rows} == {"124", "23", "83", "41"}


def test_what_is_not_known_is_not_drawn_as_zero(report):
    (course,) = (it for it in report.courses if it.course_id == "bio")
    unknown = replace(course, assignments=(AssignmentProgress(name="hw", learners=3),))
    page = as_html(replace(report, courses=(unknown,)))

    assert "Fetched" not in page
    assert "not known" in page


def test_a_page_on_which_no_size_is_known_has_no_column_for_sizes(report):
    bare = replace(
        report,
        hubs=tuple(replace(hub, storage=None) for hub in report.hubs),
        courses=tuple(replace(course, storage=None) for course in report.courses),
    )
    assert "Space of a home" in as_html(report)
    assert "Space of a home" not in as_html(bare)


@pytest.mark.parametrize("hubs", [("campus",), ()])
def test_the_page_holds_for_one_hub_and_for_one_course(hubs):
    page = as_html(month_report(title="Here", hubs=hubs, days=1))

    assert "<h1>Here</h1>" in page
    assert ("of 84" in page, "of 24" in page) == (True, False)


def test_how_backups_stand_is_said_and_nobody_is_named(report, page):
    text = as_text(report)

    (campus, lab) = (it for it in text.splitlines() if "90 of 91" in it)
    assert campus.startswith("campus")
    assert lab.endswith("never")
    assert max(len(campus), len(lab)) <= 80
    assert "Homes with a good copy" in page
    assert page.count("90 of 91") == 2
    for shown in (text, page):
        assert "ada-the-learner" not in shown
