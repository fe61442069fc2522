"""Make HTML that somebody else wrote harmless: it shows, and does nothing else.

What is not listed here goes: tags, attributes, schemes. No class and no id is left, so that
nothing of a learner's can look like a part of our page or stand in for one; no link leads to a
path of the hub, where a click might do something. Pictures are only those that come along, and
never SVG, which is a program. https://nh3.readthedocs.io/ (ammonia); OWASP's list of what to
expect: https://cheatsheetseries.owasp.org/cheatsheets/XSS_Filter_Evasion_Cheat_Sheet.html
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error

import nh3
from markupsafe import Markup

from courseops.adapters.pages.level_html import level
from courseops.model.printable import printable

_TAGS = frozenset(
    """a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary
    sup table tbody td tfoot th thead tr u ul var""".split()  # noqa: SIM905 -- a list of words
)
# These go with what is in them; of any other tag the words stay.
_GONE_WITH_THEIR_WORDS = frozenset(
    """script style title template noscript noembed noframes iframe object svg math select
    textarea xmp plaintext""".split()  # noqa: SIM905
)
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"alt", "src"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_SCOPES = {"row", "col", "rowgroup", "colgroup"}
_ELSEWHERE = re.compile(r"(?:https?://|mailto:)[!-~]+", re.IGNORECASE)
_FEW_DIGITS = re.compile(r"[0-9]{1,3}", re.ASCII)
_PICTURE = re.compile(r"data:(image/[a-z]+);base64,([A-Za-z0-9+/=\s]+)", re.ASCII)
# How the bytes of what browsers show as a picture begin.
_BEGINNINGS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
PICTURES = tuple(_BEGINNINGS)
LARGEST_PICTURE_BYTES = 3_000_000

_HEADING = re.compile(r"(</?h)([1-6])(?=>)")
_LOWEST = 6
_NO_WORDS = re.compile(r'<img(?=(?: src="data:[^"]*")?>)')
_NO_PICTURE = re.compile(r'<img(?: alt="([^"]*)")?>')
_TAG = re.compile(r"<[^>]*>")
_SHOWN_BY_ITSELF = ("<img ", "<hr>")


def clean(html: str, *, below: int = 2) -> Markup:
    """Clean a piece of HTML; its headings come `below` so many others."""
    cleaned = nh3.clean(
        level(plain(html), _TAGS, _GONE_WITH_THEIR_WORDS),
        tags=set(_TAGS),
        clean_content_tags=set(_GONE_WITH_THEIR_WORDS),
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    # Characters that were spelled as entities are themselves by now.
    shown = printable(cleaned, lines=True)
    shown = _NO_PICTURE.sub(lambda it: it[1] or "", shown)
    shown = _NO_WORDS.sub('<img alt=""', shown)
    lowered = _HEADING.sub(lambda it: f"{it[1]}{min(_LOWEST, int(it[2]) + below)}", shown)
    return Markup(lowered)  # noqa: S704 -- this is what this module is for


def plain(text: str) -> str:
    """Give text as it may be shown: no signs that anybody obeys, line ends all alike."""
    return printable(text.replace("\r\n", "\n").replace("\r", "\n"), lines=True)


def shows_anything(markup: Markup) -> bool:
    """Say whether there is anything to be seen of what was cleaned."""
    return any(it in markup for it in _SHOWN_BY_ITSELF) or bool(_TAG.sub("", markup).strip())


def picture(kind: str, content: bytes) -> str:
    """Spell a picture as an address that loads nothing; empty if it is none that is shown."""
    beginnings = _BEGINNINGS.get(kind, ())
    if len(content) > LARGEST_PICTURE_BYTES or not content.startswith(beginnings):
        return ""
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"


def picture_in_base64(kind: str, text: str) -> str:
    """Do the same for a picture that is spelled in base64."""
    if len(text) > LARGEST_PICTURE_BYTES * 3 // 2:
        return ""
    try:
        return picture(kind, b64decode("".join(text.split()), validate=True))
    except (Error, ValueError):
        return ""


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _ELSEWHERE.fullmatch(value) else None
    if name == "src":
        found = _PICTURE.fullmatch(value)
        return picture_in_base64(found[1], found[2]) or None if found else None
    if name == "scope":
        return value if value in _SCOPES else None
    if name == "alt":
        return value.replace("<", "").replace(">", "")
    if name == "rel":
        # This one is `link_rel`: no rel of theirs is allowed.
        return value
    return value if _FEW_DIGITS.fullmatch(value) else None
