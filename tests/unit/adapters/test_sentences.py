"""Sentences of the code are known again by their pattern, whatever stands in their places."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.adapters.notices.words import words_of
from courseops.adapters.pages.feedback import as_html
from courseops.adapters.pages.sentences import pattern_of, translated
from courseops.model.assignments.collection import Quarantined
from courseops.model.notice import Event
from tests.support.notices import matter, notice_of

DROPPED = (
    "3 of 4 learners would be dropped; the limit is 2 (the larger of 10 % and 10, and never "
    "more than half)"
)


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            f"the plan for python101 is not safe to apply; {DROPPED}",
            "le plan pour python101 ne peut pas être appliqué sans risque ; à retirer : 3 sur 4 "
            "(apprenants) ; la limite est 2 (le plus grand de 10 % et de 10, et jamais plus de "
            "la moitié)",
        ),
        ("hw 1.ipynb is empty", "hw 1.ipynb est vide"),
        (
            "the roster lists 3 people, and listed 1000.5 at the last good run; the limit is "
            "20 % fewer",
            "la liste : 3 personnes, contre 1\u202f000,5 à la dernière bonne exécution ; la limite "
            "est 20 % de moins",
        ),
        (
            "roster-apply waits for approval since 2026-03-02 09:00: the roster is empty (x.csv)",
            "roster-apply attend un accord depuis le 2026-03-02 09:00 : la liste est vide (x.csv)",
        ),
        ("try again in a minute; it is on fire", "réessayez dans une minute ; it is on fire"),
    ],
)
def test_what_is_known_is_said_in_french(english, french):
    assert translated(english, "fr") == french
    assert translated(english) == english


@pytest.mark.parametrize(
    "text",
    ["", ";", "; ", "; a; ", "hello", "x of 4 learners would be dropped", "hub {hub} is away"],
)
def test_what_is_not_known_stays_as_it_is(text):
    assert translated(text, "fr") == text


@given(st.text(st.sampled_from("a; :{}(%)\n<>1"), max_size=60))
def test_whatever_stands_in_a_place_is_said_again(name):
    said = translated(f"{name}/x.csv is not in the template", "fr")
    assert f"{name}/x.csv" in said or "; " in name


@given(st.text(max_size=300))
def test_any_text_is_read_to_its_end(text):
    assert isinstance(translated(text, "fr"), str)


@pytest.mark.parametrize(
    "text",
    [
        "a: " * 1300,
        "x; " * 50,
        "has not succeeded since: " * 160,
        " (met by 1 runs)" * 250,
        "cell 3 (: " * 400,
        f"{'a' * 3000} is called b",
    ],
)
def test_what_is_made_to_be_slow_is_left_in_english_or_said(text):
    assert translated(text, "fr")


@pytest.mark.parametrize("spelt", ["{", "{} learners", "{a:x}", "{a!r}", "{1}"])
def test_a_pattern_that_is_misspelt_is_refused(spelt):
    with pytest.raises(ValueError, match=r"place|brace|[{}]|expected"):
        pattern_of(spelt)


def test_a_mail_and_a_learners_page_say_them_in_french():
    trouble = replace(
        matter(),
        what="hub campus is not up to answering (503) (met by 4 runs)",
        mend="is the hub running, or very busy? Try again in a minute",
    )
    mail = words_of(replace(notice_of(Event.ALERTS), matters=(trouble,)), "fr")
    assert "le hub campus n’est pas en état de répondre (503)" in mail.subject
    assert "rencontré par 4 exécutions" in mail.text
    assert "Réessayez dans une minute" in mail.text

    problem = Quarantined(kind="crash", reason="p1.ipynb is empty", mend="")
    page = as_html(assignment="hw1", notebook="p1", problem=problem, language="fr").decode()
    assert "p1.ipynb est vide" in page
    assert 'lang="en"' not in page
    unknown = Quarantined(kind="crash", reason="something new <b>", mend="")
    page = as_html(assignment="hw1", notebook="p1", problem=unknown, language="fr").decode()
    assert '<p lang="en"><code>something new &lt;b&gt;</code>' in page
