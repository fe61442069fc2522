"""The rows of a class as HTML: thirty thousand cells, put together faster than a template would.

Everything that comes from outside is escaped here; what comes back is markup of our own. Cells
and rows have no end tags, which HTML does without: https://html.spec.whatwg.org/#optional-tags
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import quote

from markupsafe import Markup, escape

from courseops.adapters.pages.render import moment
from courseops.adapters.pages.wording import wording
from courseops.model.assignments.class_matrix import EXTENDED, LATE, ClassRow, Mark, Square
from courseops.model.batches import batches
from courseops.model.language import Language
from courseops.model.roster import Enrolment

SIGNS: Mapping[str, str] = {
    Mark.NOT_RELEASED: "·",
    Mark.NOT_FETCHED: "○",
    Mark.NOT_SUBMITTED: "–",
    Mark.SUBMITTED: "●",
    Mark.QUARANTINED: "!",
    Mark.BY_HAND: "✎",
    Mark.GRADED: "✓",
    Mark.RETURNED: "↩",
    LATE: "L",
    EXTENDED: "E",
}
"""What stands for each mark in a cell; a legend says so in words."""

# As short as can be: there are thirty thousand of them.
CLASSES: Mapping[str, str] = {
    Mark.NOT_RELEASED: "n",
    Mark.NOT_FETCHED: "f",
    Mark.NOT_SUBMITTED: "m",
    Mark.SUBMITTED: "s",
    Mark.QUARANTINED: "q",
    Mark.BY_HAND: "h",
    Mark.GRADED: "g",
    Mark.RETURNED: "r",
}

# The same words stand in the legend, templates/web/course/legend.html, and are translated there.
WORDS: Mapping[str, str] = {
    Mark.NOT_RELEASED: "not released",
    Mark.NOT_FETCHED: "not fetched",
    Mark.NOT_SUBMITTED: "not submitted",
    Mark.SUBMITTED: "submitted",
    Mark.QUARANTINED: "quarantined",
    Mark.BY_HAND: "by hand",
    Mark.GRADED: "graded",
    Mark.RETURNED: "returned",
    LATE: "late",
    EXTENDED: "more time",
}

_STRETCH = 100
# An attribute of one word needs no quotes.
_ONE_WORD = re.compile(r"[\w-]+")


def words_of(language: Language) -> dict[str, str]:
    """Give what each mark is called."""
    say = wording(language).gettext
    return {mark: say(word) for mark, word in WORDS.items()}


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Some rows one after the other, from one username to another."""

    first: str
    last: str
    rows: Markup


def matrix_rows(
    rows: Sequence[ClassRow], people: str, language: Language, zone: tzinfo
) -> list[Stretch]:
    """
    Write a row a learner; their own pages lie below the address `people`.

    They come in stretches, so that a browser need not lay out what nobody has scrolled to.
    """
    words = words_of(language)
    cells: dict[int, str] = {}

    def cell(square: Square) -> str:
        found = cells.get(id(square))
        if found is None:
            found = cells[id(square)] = _cell(square, words, language, zone)
        return found

    written = []
    for some in batches(rows, _STRETCH):
        text = "".join(_head(row, people) + "".join(map(cell, row.squares)) for row in some)
        first, last = some[0].username, some[-1].username
        written.append(Stretch(first=first, last=last, rows=Markup(text)))  # noqa: S704 -- escaped part by part
    return written


def _head(row: ClassRow, people: str) -> str:
    about = escape(" · ".join(it for it in (row.name, row.section) if it))
    more = f" <small>{about}</small>" if about else ""
    return (
        f'\n<tr><th scope=row><a href="{people}/{quote(row.username, safe="")}">'
        f"{escape(row.username)}</a>{more}"
    )


def _cell(square: Square, words: Mapping[str, str], language: Language, zone: tzinfo) -> str:
    shown, said = [SIGNS[square.mark]], [words[square.mark]]
    if square.kind:
        said[0] += f" ({square.kind})"
    if square.points is not None:
        points = f"{square.points:g}"
        shown.append(points if language == "en" else points.replace(".", ","))
    for is_so, mark in ((square.late_seconds > 0, LATE), (square.until is not None, EXTENDED)):
        if is_so:
            shown.append(SIGNS[mark])
            said.append(words[mark])
    if square.until is not None:
        said[-1] += f": {moment(square.until.astimezone(zone), language)}"
    title = ", ".join(said)
    quoted = title if _ONE_WORD.fullmatch(title) else f'"{escape(title)}"'
    return f"<td class={CLASSES[square.mark]} title={quoted}>{' '.join(shown)}"


def roster_rows(
    enrolments: Iterable[Enrolment],
    since: Mapping[str, str],
    people: str,
    roles: Mapping[str, str],
) -> Markup:
    """Write a row a person: who they are, as what, in which section, since when."""
    written = []
    for it in enrolments:
        person = it.person
        name = escape(f"{person.family_name} {person.given_name}".strip())
        written.append(
            f'\n<tr><th scope=row><a href="{people}/{quote(person.username, safe="")}">'
            f"{escape(person.username)}</a><td>{name}<td>{escape(roles[it.role])}"
            f"<td>{escape(it.section)}<td>{escape(person.email)}"
            f"<td>{since.get(person.username, '')}"
        )
    return Markup("".join(written))  # noqa: S704 -- escaped part by part
