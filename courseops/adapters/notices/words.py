"""A notice in words: a subject of one line, and a text.

The names in a notice come from class lists and directories, so that anybody may have chosen
them: each stays on its line, and writes nothing that cannot be seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from courseops.adapters.pages.render import render
from courseops.model.language import Language
from courseops.model.notice import Matter, Notice

_PLAIN = str.maketrans({"<": "\u2039", ">": "\u203a", "@": "@\u2060"})


@dataclass(frozen=True)
class Words:
    """What to tell: the subject, and the text below it."""

    subject: str
    text: str


def words_of(notice: Notice, language: Language) -> Words:
    """Put a notice into words; the template's first line is the subject."""
    filled = render(f"mail/{notice.event}.{language}.txt", language, notice=seen(notice))
    subject, _, text = filled.partition("\n")
    return Words(subject=subject, text=text)


def seen(notice: Notice) -> Notice:
    """Give a notice with each of its texts on one line, and nothing in it that cannot be seen."""
    return replace(
        notice,
        site=one_line(notice.site),
        scope=one_line(notice.scope),
        run_id=one_line(notice.run_id),
        reasons=tuple(map(one_line, notice.reasons)),
        changes=tuple(map(one_line, notice.changes)),
        commands=tuple(map(one_line, notice.commands)),
        matters=tuple(map(_seen_matter, notice.matters)),
    )


def _seen_matter(matter: Matter) -> Matter:
    return replace(
        matter,
        scopes=tuple(map(one_line, matter.scopes)),
        jobs=tuple(map(one_line, matter.jobs)),
        what=one_line(matter.what),
        mend=one_line(matter.mend),
        run_id=one_line(matter.run_id),
        changes=tuple(map(one_line, matter.changes)),
        commands=tuple(map(one_line, matter.commands)),
    )


def plain(text: str) -> str:
    """Give a text for a chat, where nobody's name links to anything or calls everybody."""
    return text.translate(_PLAIN)


def one_line(text: str) -> str:
    """Give a text on one line, without what turns text around, hides it or steers a terminal."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
