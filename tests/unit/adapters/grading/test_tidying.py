"""Pages that are written without a tree are those that Beautiful Soup writes."""

from __future__ import annotations

import random
import re

import pytest

pytest.importorskip("nbgrader")

from bs4 import BeautifulSoup

from courseops.adapters.grading.inside.tidying import quick_pages, tidy

pytestmark = pytest.mark.nbgrader

USUAL = (
    '<!DOCTYPE html>\n<html>\n<head>\n\n<meta charset="utf-8" />\n<title>a &amp; b</title></head>'
    "\n \n<body>x</body></html>\n",
    '<p class=" b  a " id="1">it&#39;s &quot;so&quot; &lt; &gt; 1 > 0 &para; &nbsp;</p>',
    "<pre> \n\n </pre><div> \n\n </div><div>  </div>",
    "<style>a > b { c: 'd&e' }</style><script>\n if (1) x();\n</script>",
    '<!-- a > b --><img src="x" alt="" /><br><hr/>',
)
UNUSUAL = (
    "<p>open",
    "</p>",
    "<b><i></b></i>",
    "a & b",
    "a < b",
    "&eacute;",
    "<DIV></DIV>",
    "<p a='b'></p>",
    '<p class=""></p>',
    '<p id="1" id="2"></p>',
    '<img src="without-alt">',
    '<a href="?a=1&b=2">x</a>',
    "<textarea> </textarea>",
    "<!---->",
    "<!-- a -- b -->",
    "<script><!-- a --></script>",
    "<style></p></style>",
    "<br></br>",
    "<p/>",
    "\r\n",
)
BITS = (
    *"<>&\"' \n\tx",
    *("&amp;", "&lt;", "&nbsp;", "&#39;", "--", "<!-- x -->", "<!--", "-->", "é", "\xa0", "\x0b"),
    *("<div>", "</div>", "<pre>", "</pre>", "<p>", "</p>", "<br>", "<br/>", "<hr />", "</br>"),
    *('<span class=" a  b">', "</span>", "<style>", "</style>", "<script>", "</script>"),
    *('<img src="a" alt="b">', '<a title="z" href="y">', "</a>", "<div\n>", "</div >", "<svg>"),
    *("<li>", "</li>", "<title>", "</title>", "<!DOCTYPE html>", '<meta charset="utf-8" />'),
)


def soup(page: str) -> str:
    return str(BeautifulSoup(page, features="html.parser"))


@pytest.mark.parametrize("page", USUAL)
def test_a_usual_page_is_written_as_beautiful_soup_does(page: str) -> None:
    assert tidy(page) == soup(page)


@pytest.mark.parametrize("page", UNUSUAL)
def test_an_unusual_page_is_left_to_beautiful_soup(page: str) -> None:
    assert tidy(page) is None


def test_whatever_is_not_left_to_beautiful_soup_is_the_same() -> None:
    dice, compared = random.Random(4), 0
    for _ in range(4000):
        page = balanced("".join(dice.choices(BITS, k=dice.randrange(1, 12))))
        written = tidy(page)
        if written is not None:
            compared += 1
            assert written == soup(page), page
    assert compared > 150


def balanced(page: str) -> str:
    left: list[str] = []
    for end, name in re.findall(r"<(/?)([a-z]+)[^<>]*>", page):
        if name in ("br", "hr", "img", "meta"):
            continue
        if end and left:
            left.pop()
        elif not end:
            left.append(name)
    return page + "".join(f"</{name}>" for name in reversed(left))


def test_whoever_looks_for_something_else_gets_a_tree() -> None:
    from nbconvert.exporters import html  # noqa: PLC0415

    before = html.BeautifulSoup
    with quick_pages():
        page = html.BeautifulSoup('<p class="jp-Notebook">x</p>', features="html.parser")
        assert page.select("img:not([alt])") == []
        assert page.select(".jp-Notebook div.jp-Cell-inputWrapper") == []
        page.select("p")[0].attrs["id"] = "new"
        assert str(page) == '<p class="jp-Notebook" id="new">x</p>'
    assert html.BeautifulSoup is before
