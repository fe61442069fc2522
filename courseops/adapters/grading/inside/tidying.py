"""Write feedback pages as Beautiful Soup would, without making a tree of them.

nbconvert takes every page apart with Beautiful Soup and puts it together again, which takes
longer than all the rest of a page. What comes out differs from what went in by a few rules only,
where every tag is closed in its turn; here they are, and pages that use anything else go to
Beautiful Soup as ever.
https://www.crummy.com/software/BeautifulSoup/bs4/doc/#output-formatters
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from nbconvert.exporters import html

_VOID = frozenset({"br", "hr", "img", "input", "link"})
_TEXT = frozenset({"script", "style"})
_USUAL = frozenset(
    {
        *("a", "article", "b", "body", "code", "dd", "div", "dl", "dt", "em", "head", "html", "i"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "kbd", "label", "li", "main", "ol", "p", "pre"),
        *("section", "small", "span", "strong", "sub", "sup", "title", "u", "ul"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr"),
        *_VOID,
        *_TEXT,
    }
)
_ATTRIBUTES = frozenset(
    {
        *("align", "alt", "aria-hidden", "aria-label", "border", "class", "colspan", "height"),
        *("href", "id", "name", "rowspan", "scope", "src", "style", "tabindex", "target", "title"),
        *("type", "valign", "width"),
    }
)
_VERBATIM = {
    "<!DOCTYPE html>": "<!DOCTYPE html>\n",
    '<meta charset="utf-8" />': '<meta charset="utf-8"/>',
    '<meta charset="utf-8"/>': '<meta charset="utf-8"/>',
}
# How these are written in text: only three characters are spelled as entities.
_ENTITIES = {
    "&amp;": "&amp;",
    "&lt;": "&lt;",
    "&gt;": "&gt;",
    "&quot;": '"',
    "&#34;": '"',
    "&#39;": "'",
    "&para;": "¶",
    "&#182;": "¶",
    "&nbsp;": "\N{NO-BREAK SPACE}",
    "&#160;": "\N{NO-BREAK SPACE}",
}

_STEP = re.compile(r"([^<]*)(?:(<!--.*?-->)|(<[^<>]*>))", re.DOTALL)
_TAG = re.compile(r"<([a-z][a-z0-9]*)((?:\s+[a-z][a-z-]*=\"[^\"&]*\")*)\s*(/?)>", re.ASCII)
_ATTRIBUTE = re.compile(r"\s+([a-z-]+)=\"([^\"]*)\"", re.ASCII)
_END = re.compile(r"</([a-z][a-z0-9]*)>", re.ASCII)
_ENTITY = re.compile(r"&(?:#?\w+;)?", re.ASCII)
_WORD = re.compile(r"\S+")
_BLANK = " \n\t\f\r"
_LONGEST_REMEMBERED = 200
# What comes before the first cell is the same in all pages of a notebook, and the longest.
_CELL = re.compile(r'<body>|<div (?:[^<>]* )?class="cell ')
_MOST_PIECES = 500
_LONGEST_PIECE = 500_000

# What nbconvert looks for, and what is in every page where it could find it.
_SOUGHT = {
    "img:not([alt])": None,
    ".jp-Notebook div.jp-Cell-inputWrapper": "jp-Notebook",
    ".jp-Notebook div.jp-OutputArea-output": "jp-Notebook",
}


class _UnusualError(Exception):
    """The page uses what only Beautiful Soup knows how to write."""


class _Piece(NamedTuple):
    """How a piece of a page is written, which tags end in it that begin before, which begin."""

    written: str
    ended: list[str]
    begun: list[str]


@contextmanager
def quick_pages() -> Iterator[None]:
    """Let nbconvert's exporter of HTML write pages quickly, for as long as this runs."""
    exporter: Any = html
    theirs = exporter.BeautifulSoup

    def parse(markup: str, features: str) -> Any:
        tidied = tidy(markup) if features == "html.parser" else None
        if tidied is None:
            return theirs(markup, features=features)
        return _Tidied(tidied, lambda: theirs(markup, features=features))

    exporter.BeautifulSoup = parse
    try:
        yield
    finally:
        exporter.BeautifulSoup = theirs


class _Tidied:
    """A page that is written already; whoever wants to change it gets a tree after all."""

    def __init__(self, text: str, parse: Callable[[], Any]) -> None:
        self._text, self._parse = text, parse
        self._tree: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._tree is None:
            self._tree = self._parse()
        return getattr(self._tree, name)

    def select(self, selector: str) -> Any:
        """Find nothing where nothing of the kind can be."""
        word = _SOUGHT.get(selector, "")
        if self._tree is None and (word is None or (word and word not in self._text)):
            return []
        return self.__getattr__("select")(selector)

    def __str__(self) -> str:
        return self._text if self._tree is None else str(self._tree)


def tidy(page: str) -> str | None:
    """Give a page as Beautiful Soup's html.parser would write it, or None where that is unsure."""
    try:
        return "".join(_tidied(page))
    except _UnusualError:
        return None


def _tidied(page: str) -> Iterator[str]:
    open_tags: list[str] = []
    for piece in _pieces(page):
        if "pre" in open_tags:
            raise _UnusualError
        tidied = _tidy_piece(piece) if len(piece) < _LONGEST_PIECE else _read_piece(piece)
        for name in tidied.ended:
            if not open_tags or open_tags.pop() != name:
                raise _UnusualError
        open_tags += tidied.begun
        yield tidied.written
    if open_tags:
        raise _UnusualError


def _pieces(page: str) -> Iterator[str]:
    """Take a page apart before each of its cells."""
    if "\0" in page or "\r" in page:
        raise _UnusualError
    at = 0
    for found in _CELL.finditer(page):
        yield page[at : found.start()]
        at = found.start()
    yield page[at:]


def _read_piece(piece: str) -> _Piece:
    at, preserved = 0, 0
    written: list[str] = []
    ended: list[str] = []
    begun: list[str] = []
    while step := _STEP.match(piece, at):
        at = step.end()
        text, comment, tag = step.groups()
        if text:
            written.append(_text(text, preserved=preserved > 0))
        if comment:
            written.append(_comment(comment))
            continue
        name, kind, spelled = _tag(tag) if len(tag) < _LONGEST_REMEMBERED else _read_tag(tag)
        written.append(spelled)
        if kind == "end":
            if not begun:
                ended.append(name)
            elif begun.pop() != name:
                raise _UnusualError
            preserved -= name == "pre"
        elif kind == "start":
            begun.append(name)
            preserved += name == "pre"
            if name in _TEXT:
                text = _until_end(piece, at, name)
                at += len(text)
                written.append(text if preserved or text.strip(_BLANK) else _blank(text))
    if "<" in piece[at:]:
        raise _UnusualError
    written.append(_text(piece[at:], preserved=preserved > 0))
    return _Piece("".join(written), ended, begun)


_tidy_piece = lru_cache(maxsize=_MOST_PIECES)(_read_piece)


def _text(text: str, *, preserved: bool) -> str:
    if not preserved and not text.strip(_BLANK):
        return _blank(text)
    if "&" in text:
        return _ENTITY.sub(_entity, text.replace(">", "&gt;"))
    return text.replace(">", "&gt;")


def _blank(text: str) -> str:
    if not text:
        return ""
    return "\n" if "\n" in text else " "


def _entity(found: re.Match[str]) -> str:
    written = _ENTITIES.get(found[0])
    if written is None:
        raise _UnusualError
    return written


def _until_end(page: str, at: int, name: str) -> str:
    """Give what is no HTML although it stands in it: a script, or a style."""
    end = page.find("</", at)
    text = page[at:end]
    if "<!--" in text or not page.startswith(f"</{name}>", end):
        raise _UnusualError
    return text


def _comment(comment: str) -> str:
    inside = comment[4:-3]
    if "--" in inside or inside.startswith((">", "-")) or inside.endswith("-"):
        raise _UnusualError
    if not inside.strip():
        raise _UnusualError
    return comment


def _read_tag(tag: str) -> tuple[str, str, str]:
    """Give a tag's name, whether it starts or ends something, and how it is written."""
    if tag in _VERBATIM:
        return "", "", _VERBATIM[tag]
    if end := _END.fullmatch(tag):
        if end[1] in _VOID or end[1] not in _USUAL:
            raise _UnusualError
        return end[1], "end", tag
    read = _TAG.fullmatch(tag)
    if read is None or read[1] not in _USUAL or (read[3] and read[1] not in _VOID):
        raise _UnusualError
    name, void = read[1], read[1] in _VOID
    attributes = _attributes(read[2])
    if name == "img" and "alt" not in attributes:
        raise _UnusualError
    spelled = "".join(f' {it}="{attributes[it]}"' for it in sorted(attributes))
    return name, "" if void else "start", f"<{name}{spelled}{'/' if void else ''}>"


_tag = lru_cache(maxsize=4096)(_read_tag)


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        if name not in _ATTRIBUTES or name in found:
            raise _UnusualError
        if name == "class":
            words = _WORD.findall(value)
            if not words:
                raise _UnusualError
            found[name] = " ".join(words)
        else:
            found[name] = value
    return found
