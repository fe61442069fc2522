"""The report as a page, as text, as rows: whole, escaped, and sufficient unto itself."""

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import get_args

import pytest

from courseops.adapters.pages.usage import as_csv, as_html, as_pdf, as_text
from courseops.model.language import Language
from courseops.model.usage.report import AssignmentProgress, Learner
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
    assert names.count("caption") == names.count("table") > 10
    assert all("scope" in given for tag, given in tags if tag == "th")
    assert all(
        given["aria-label"] and given["role"] == "img" for tag, given in tags if tag == "svg"
    )
    headings = [int(tag[1]) for tag in names if re.fullmatch("h[1-6]", tag)]
    assert all(later <= earlier + 1 for earlier, later in pairwise(headings))


def test_each_chart_has_the_same_beside_it_as_a_table(page):
    figures = re.findall("<figure>.*?</figure>", page, re.DOTALL)

    assert len(figures) == 5
    assert all("<svg" in it and "<table" in it for it in figures)


def test_the_page_speaks_french(report):
    page = as_html(report, "fr")

    assert ("html", {"lang": "fr"}) in Tags(page).seen
    assert "Ce qu’il faudra pour la prochaine session" in page
    assert "lundi, 15:00–16:00" in page
    assert "lun. 2 mars 2026" in page
    for word in ("Active", "Servers", "learner", "week", "observed", "course "):
        assert word not in re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)


def test_the_page_names_learners_only_for_their_teachers(report):
    who = (Learner(username="ada", name="Ada <b>Lovelace"), Learner(username="bob"))
    (course, *_) = report.courses
    one = replace(course.assignments[0], who_not_submitted=who)
    named = replace(
        report,
        hubs=(),
        courses=(replace(course, who_not_started=who, assignments=(one,)),),
        names_shown=True,
    )

    page, text = as_html(named), as_text(named)
    assert page.count("Ada &lt;b&gt;Lovelace <small>ada</small>") == 2
    assert "This page names learners" in page
    assert text.count("ada (Ada <b>Lovelace)") == 2


def test_the_few_are_a_range_in_every_format(report):
    page, text, rows = as_html(report), as_text(report), as_csv(report)

    for shown in (page, text, rows):
        assert "80–83" in shown
    assert "&lt;5" in page
    assert "<5" in text
    assert "<5" in rows


def test_the_page_is_printed_by_weasyprint(report):
    assert as_pdf(report, "fr").startswith(b"%PDF-")


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
    for said in ("146–150", "897", "95.4\u202f%", "Python for beginners", "hw2-loops"):
        assert said in text
        assert said in page


def test_lines_of_text_fit_a_terminal(report):
    for hubs in ((), ("campus", "lab")):
        for language in get_args(Language):
            text = as_text(replace(month_report(hubs=hubs), title="A title " * 4), language)
            assert max(map(len, text.splitlines())) <= 80


def test_rows_name_each_hub_and_course_once(report):
    rows = list(csv.DictReader(io.StringIO(as_csv(report))))

    assert [(row["kind"], row["id"]) for row in rows] == [
        ("hub", "campus"),
        ("hub", "lab"),
        ("course", "python101"),
        ("course", "stats2"),
        ("course", "bio"),
    ]
    assert {row["active"] for row in rows} == {"123–126", "23–24", "80–83", "41", "23"}


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
