"""Every shipped template is filled in by a test, with names that a template must have."""

from functools import partial
from typing import get_args

import pytest
from jinja2 import StrictUndefined, meta

from courseops.adapters.notices.words import words_of
from courseops.adapters.pages import feedback as feedback_page
from courseops.adapters.pages import handout as handout_page
from courseops.adapters.pages import usage as usage_page
from courseops.adapters.pages.render import environment
from courseops.model.assignments.collection import Quarantined
from courseops.model.language import Language
from courseops.model.notice import Event
from courseops.resources import shipped
from tests.support.backup import sample_note
from tests.support.collecting import sample_receipt
from tests.support.handout import sample_handout
from tests.support.notices import notice_of
from tests.support.usage import month_report


def _mail(event, language):
    words = words_of(notice_of(event), language)
    assert words.subject
    assert "\n" not in words.subject
    return words.text


def _page(language):
    problem = Quarantined(kind="crash", reason="cell 3 ended <Python>", mend="")
    return feedback_page.as_html(
        assignment="hw1", notebook="p1", problem=problem, language=language
    ).decode()


# How each template is filled in; a new one without an entry here fails.
FILLED = {
    **{
        f"feedback/{name}.html": partial(_page, language)
        for name, language in (("en", "en"), ("fr", "fr"), ("layout", "en"))
    },
    **{
        f"handouts/{name}.html": partial(handout_page.as_html, sample_handout(), language)
        for name, language in (("en", "en"), ("fr", "fr"), ("layout", "en"), ("web", "fr"))
    },
    **{
        f"mail/{event}.{language}.txt": partial(_mail, event, language)
        for event in Event
        for language in get_args(Language)
    },
    **{
        f"receipts/{language}.txt": partial(sample_receipt, language)
        for language in get_args(Language)
    },
    **{
        f"receipts/restored.{language}.txt": partial(sample_note, language)
        for language in get_args(Language)
    },
    "reports/usage.html": lambda: usage_page.as_html(month_report(days=2)),
    "reports/usage_parts.html": lambda: usage_page.as_html(month_report(days=2), "fr"),
    "reports/usage.txt": lambda: usage_page.as_text(month_report(days=2)),
}
FOLDER = shipped("templates")
ENDINGS = (".html", ".txt")
TEMPLATES = sorted(
    str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.suffix in ENDINGS
)


# The pages of a hub are filled in by the tests of what answers with them: tests/unit/web.
BY_PAGES = "web/"


@pytest.mark.parametrize("name", [it for it in TEMPLATES if not it.startswith(BY_PAGES)])
def test_renders_with_strict_undefined(name):
    assert environment().undefined is StrictUndefined
    assert FILLED[name]().strip()


@pytest.mark.parametrize("name", TEMPLATES)
def test_is_escaped_if_and_only_if_it_is_html(name):
    escapes = environment().autoescape
    assert callable(escapes)
    assert escapes(name) is name.endswith(".html")


@pytest.mark.parametrize("name", TEMPLATES)
def test_never_switches_escaping_off(name):
    source = (FOLDER / name).read_text(encoding="utf-8")
    assert "|safe" not in source.replace(" ", "")
    assert "autoescape" not in source


@pytest.mark.parametrize("name", [it for it in TEMPLATES if not it.startswith(BY_PAGES)])
def test_asks_for_what_it_is_given_and_nothing_else(name):
    source = (FOLDER / name).read_text(encoding="utf-8")
    assert meta.find_undeclared_variables(environment().parse(source)) <= {
        "language",
        "report",
        "running",
        "hub_running",
        "days",
        "week_hours",
        "progress",
        "knows_fetched",
        "bars",
        "few_weeks",
        "handout",
        "notice",
        "assignment",
        "notebook",
        "problem",
        # What a receipt says, its times in words.
        "claimed",
        "collected",
        "due",
        "fingerprint",
        "late",
        "manifest",
        "site",
        "submitted",
        # What a note on restored files says.
        "backups",
        "note",
        "restored",
        # What a template has from the one that it extends or that extends it.
        "part",
        "strip",
        "web",
    }
