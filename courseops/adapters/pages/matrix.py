"""The rows of a class as HTML: thirty thousand cells, put together faster than a template would.

Everything that comes from outside is escaped here; what comes back is markup of our own. Cells
and rows have no end tags, which HTML does without: https://html.spec.whatwg.org/#optional-tags
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from urllib.parse import quote

from markupsafe import Markup, escape

from courseops.adapters.pages.render import moment
from courseops.adapters.pages.wording import wording
from courseops.model.assignments.class_matrix import EXTENDED, LATE, ClassRow, Mark, Square
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

# The same words stand in the legend, templates/web/course-legend.html, and are translated there.
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

# An attribute of one word needs no quotes.
_ONE_WORD = re.compile(r"[\w-]+")


def words_of(language: Language) -> dict[str, str]:
    """Give what each mark is called."""
    say = wording(language).gettext
    return {mark: say(word) for mark, word in WORDS.items()}


def matrix_rows(rows: Iterable[ClassRow], people: str, language: Language, zone: tzinfo) -> Markup:
    """Write a row a learner; their own pages lie below the address `people`."""
    words = words_of(language)
    cells: dict[int, str] = {}
    written: list[str] = []
    for row in rows:
        written.append(_head(row, people))
        for square in row.squares:
            key = id(square)
            cell = cells.get(key)
            if cell is None:
                cell = cells[key] = _cell(square, words, language, zone)
            written.append(cell)
    return Markup("".join(written))  # noqa: S704 -- escaped part by part


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
