"""Nothing of a learner's runs, loads or passes for ours."""

import string
from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseops.adapters.pages.clean_html import clean, picture, picture_in_base64, shows_anything
from tests.support.hostile_html import PICTURE, PIXEL, TRAPS, active


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: ascii(trap)[:50])
def test_a_trap_does_nothing(trap):
    for html in (trap, f"<table>{trap}", f"<b>{trap}<p>{trap}", f"<svg>{trap}", f"<!--{trap}"):
        assert list(active(clean(html))) == []


def test_all_traps_together_do_nothing():
    assert list(active(clean("".join(TRAPS)))) == []


_PIECES = st.one_of(
    st.sampled_from(TRAPS),
    st.sampled_from(
        """<svg> </svg> <math> <table> </table> <td> <p> </p> <b> </b> <style> </style> <!-- -->
        <a\xa0href=' '> " < > &lt; \0 <title> </title> <img\xa0 src= onerror= javascript:
        <![CDATA[ ]]>""".replace("\xa0", "\t").split(" ")
    ),
    st.text(max_size=10),
    st.text(string.printable, max_size=10),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_whatever_it_is_it_does_nothing(html):
    cleaned = clean(html)
    assert list(active(cleaned)) == []
    assert list(active(clean(cleaned))) == []


@settings(deadline=None)
@given(st.text())
def test_mere_text_is_shown_as_it_is(text):
    seen = clean(text.replace("&", "").replace("<", "").replace("\0", ""))
    assert "<" not in seen


def test_what_is_harmless_stays():
    kept = (
        '<p>a <strong>b</strong> <a href="https://x.example/?a=1&amp;b=2" '
        'rel="noopener noreferrer nofollow">c</a></p>'
        '<table><thead><tr><th scope="col">x</th></tr></thead>'
        '<tbody><tr><td colspan="2">1 &lt; 2</td></tr></tbody></table>'
        f'<img src="{PICTURE}" alt="dot">'
    )
    assert clean(kept) == kept


def test_headings_come_below_ours():
    assert clean("<h1>a</h1><h6>b</h6>") == "<h3>a</h3><h6>b</h6>"


def test_a_picture_that_has_no_words_has_none_and_one_that_is_none_is_its_words():
    assert clean(f'<img src="{PICTURE}">') == f'<img alt="" src="{PICTURE}">'
    assert clean('<img src="x" alt="a dog">') == "a dog"


@pytest.mark.parametrize("sign", ["\u202e", "&#x202e;", "&#8238;", "\u2066", "\x9b", "\x1b"])
def test_no_sign_turns_text_round(sign):
    assert clean(f"a{sign}b") in {"a\ufffdb", "a\u241bb"}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 60_000,
        "<b a=1><table><td></b></td></table>" * 8000 + "<p>x</p>" * 8000,
        "".join(f"<b a={it}>" for it in range(8000)) + "<p>x</p>" * 8000,
        '<a "' * 90_000,
        "<!--" * 90_000,
        "<a b=" * 80_000,
        "</b>" * 90_000,
        "<svg>" * 80_000,
        "<" * 300_000,
        "&" * 300_000,
    ],
    ids=lambda html: html[:12],
)
def test_nothing_takes_long_or_grows(html):
    """Ammonia by itself takes minutes for the first of these."""
    cleaned = clean(html)
    assert len(cleaned) < 6 * len(html)
    assert list(active(cleaned[:5000])) == []


def test_a_picture_is_what_it_says_it_is():
    content = b64decode(PIXEL)
    assert picture("image/png", content) == PICTURE
    assert picture("image/jpeg", content) == ""
    assert picture("image/svg+xml", b"<svg/>") == ""
    assert picture("text/html", content) == ""
    assert picture("image/png", content + bytes(4_000_000)) == ""
    assert picture_in_base64("image/png", PIXEL[:20] + "\n" + PIXEL[20:]) == PICTURE
    for wrong in ("", "!", PIXEL + '"', "é", "x" * 5_000_000):
        assert picture_in_base64("image/png", wrong) == ""


@pytest.mark.parametrize(
    ("html", "shows"),
    [("<script>x</script>", False), ("<div><br></div>", False), ("<p>x", True), ("<hr>", True)],
)
def test_it_is_known_whether_anything_is_left(html, shows):
    assert shows_anything(clean(html)) is shows
