"""Write HTML anew so that its tags nest properly and not deeply, as fast as it is long.

A reader of HTML has to repair whatever it is given, and can be given what takes it minutes, or
fills its memory: a hundred thousand open tags take ammonia ten minutes. What comes out of here it
reads at once. This is no cleaning: `clean_html` is, after it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html import unescape

from markupsafe import escape

_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>\"'=]|=\s*(?:\"[^\"]*\"|'[^']*')|=|[\"'])*+)>", re.ASCII
)
_ATTRIBUTE = re.compile(r"([a-zA-Z]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]++)", re.ASCII)
_MOST_ATTRIBUTES = 20
_DEEPEST = 60
# They have no end, and nothing in them.
_EMPTY = frozenset({"br", "hr", "img"})


def level(html: str, keep: Collection[str], drop_whole: Collection[str]) -> str:
    """Write the tags to `keep` anew with what is in them; some are dropped as a whole."""
    return "".join(_levelled(html, frozenset(keep), frozenset(drop_whole)))


def _levelled(html: str, keep: frozenset[str], drop_whole: frozenset[str]) -> Iterator[str]:
    lowered = html.lower() if html.isascii() else _lowered(html)
    at, open_tags = 0, list[str]()
    while at < len(html):
        begun = html.find("<", at)
        if begun < 0:
            break
        yield _text(html[at:begun])
        if html.startswith(("<!", "<?", "</!", "</?"), begun):
            is_comment = html.startswith("<!--", begun)
            at = _behind(html, "-->" if is_comment else ">", begun)
            continue
        if not html[begun + 1 : begun + 3].lstrip("/")[:1].isalpha():
            yield "&lt;"
            at = begun + 1
            continue
        found = _TAG.match(html, begun)
        if found is None:
            # It has no end, nor has any tag behind it.
            at = len(html)
            break
        closes, name, at = found[1], found[2].lower(), found.end()
        if not closes and name in drop_whole:
            at = _behind(html, ">", _behind(lowered, f"</{name}", at) - 1)
        elif name in keep:
            yield from _tag(closes, name, found[3], open_tags)
    yield _text(html[at:])
    yield from (f"</{it}>" for it in reversed(open_tags))


def _tag(closes: str, name: str, attributes: str, open_tags: list[str]) -> Iterator[str]:
    if closes:
        if name in open_tags:
            while (innermost := open_tags.pop()) != name:
                yield f"</{innermost}>"
            yield f"</{name}>"
    elif name in _EMPTY or len(open_tags) < _DEEPEST:
        yield f"<{name}{''.join(_attributes(attributes))}>"
        if name not in _EMPTY:
            open_tags.append(name)


def _attributes(written: str) -> Iterator[str]:
    for number, it in enumerate(_ATTRIBUTE.finditer(written)):
        if number == _MOST_ATTRIBUTES:
            return
        value = it[2][1:-1] if it[2][0] in "\"'" else it[2]
        yield f' {it[1].lower()}="{escape(unescape(value))}"'


def _text(written: str) -> str:
    return str(escape(unescape(written)))


def _behind(html: str, mark: str, at: int) -> int:
    found = html.find(mark, at)
    return len(html) if found < 0 else found + len(mark)


def _lowered(html: str) -> str:
    """Lower the letters of tags alone: others may change their number when they are."""
    return re.sub("[A-Z]+", lambda it: it[0].lower(), html)
