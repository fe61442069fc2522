"""Say in another language what the code says in English: sentences, known by their pattern.

Decisions, records, documents and the command line speak English only. Where people read a
sentence of theirs on a page or in a mail, it is recognised, and said again with the same pieces.
`templates/words/fr/sentences/*.po` hold the patterns, spelt as f-strings of the code are:
`{gone:n} of {people:n} {role}s would be dropped`. A place takes any text; with `:n` a number
only. Where entries have a place's name as their context (msgctxt), it takes one of these only,
which is said again, too; `sentence` takes any whole sentence that is known.

What is not known stays as it is. Learners choose the names of files, so a text may be made to
be slow to recognise: whoever reads it takes only so many steps, and then leaves it in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from courseops.adapters.pages.wording import catalogues
from courseops.model.language import Language

SENTENCES = "sentences"
# The place, and the context, that whole sentences have.
WHOLE = "sentence"
BETWEEN = "; "
NUMBER = "n"

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
# Nothing that we say comes near these; what exceeds them was made to do so.
_LONGEST = 4000
_MOST_AT_ONCE = 50
_MOST_STEPS = 3000
_DEEPEST = 8


def translated(text: str, language: Language = "en", context: str = WHOLE) -> str:
    """
    Say a text of the code in a language: sentences, each by itself, with "; " between them.

    With a `context`, it is not a sentence but the part of one that has this name.
    """
    phrases = _phrases(language)
    if not phrases.by_context or len(text) > _LONGEST or text.count(BETWEEN) > _MOST_AT_ONCE:
        return text
    reader = _Reader(phrases)
    return reader.say(text) if context == WHOLE else reader.read(context, text) or text


def sentence_catalogues(language: Language) -> list[Path]:
    """List the catalogues of a language that hold sentences of the code; English has none."""
    return catalogues(language, SENTENCES)


@dataclass(frozen=True)
class Place:
    """What differs between two sentences of one pattern; it may hold a number only."""

    name: str
    is_number: bool


@dataclass(frozen=True)
class Pattern:
    """
    A sentence as it is spelt: texts, and between each two of them a place.

    There is one text more than places; the first and the last may be empty.
    """

    texts: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def skeleton(self) -> str:
        """Give the pattern with all its places alike, so that it compares with the code's."""
        return "{}".join(self.texts)

    def may_be(self, text: str) -> bool:
        """Say whether it is worth a closer look."""
        ends = text.startswith(self.texts[0]) and text.endswith(self.texts[-1])
        return ends and all(it in text for it in self.texts)

    def filled(self, pieces: Mapping[str, str]) -> str:
        """Say the sentence with these pieces in its places."""
        said = [pieces[it.name] for it in self.places]
        return "".join(it for pair in zip(self.texts, [*said, ""], strict=True) for it in pair)


def pattern_of(spelt: str) -> Pattern:
    """
    Read a pattern as a catalogue spells it.

    Raises:
        ValueError: its braces do not match, or a place has no name or an unknown kind.
    """
    texts, places = [""], list[Place]()
    for text, name, kind, conversion in Formatter().parse(spelt):
        texts[-1] += text
        if name is not None:
            if not name.isidentifier() or kind not in {"", NUMBER} or conversion:
                raise ValueError(f"{spelt!r}: {name!r} is no place")
            places.append(Place(name, kind == NUMBER))
            texts.append("")
    return Pattern(tuple(texts), tuple(places))


def entries(path: Path, language: Language) -> Iterator[Message]:
    """Read the entries of a catalogue, but its head."""
    with path.open("rb") as file:
        yield from (it for it in read_po(file, locale=language) if it.id)


@dataclass(frozen=True)
class _Phrase:
    """A pattern, and how it is said in another language."""

    pattern: Pattern
    said: Pattern


@dataclass(frozen=True)
class _Phrases:
    """All that can be said in a language, by context; `widest` counts what has "; " within."""

    language: Language
    by_context: Mapping[str, tuple[_Phrase, ...]]
    widest: int


@cache
def _phrases(language: Language) -> _Phrases:
    found: dict[str, list[_Phrase]] = {}
    for path in sentence_catalogues(language):
        for entry in entries(path, language):
            phrase = _Phrase(pattern_of(str(entry.id)), pattern_of(str(entry.string)))
            found.setdefault(entry.context or WHOLE, []).append(phrase)

    def precise(phrase: _Phrase) -> tuple[bool, int, int]:
        """Put first what is around a sentence, then what says most itself and leaves least open."""
        places = phrase.pattern.places
        anything = [it for it in places if it.name not in found and not it.is_number]
        has_sentence = any(it.name == WHOLE for it in places)
        return not has_sentence, -sum(map(len, phrase.pattern.texts)), len(anything)

    whole = found.get(WHOLE, [])
    return _Phrases(
        language,
        {context: tuple(sorted(them, key=precise)) for context, them in found.items()},
        widest=1 + max((it.pattern.skeleton.count(BETWEEN) for it in whole), default=0),
    )


class _Reader:
    """Reads one text; takes only so many steps, and looks only so deep, whatever the text is."""

    def __init__(self, phrases: _Phrases) -> None:
        self._phrases = phrases
        self._steps = _MOST_STEPS
        self._depth = 0

    def say(self, text: str) -> str:
        """
        Say sentences one by one, whatever is between them.

        The shortest that is known counts: a place in a longer one would take anything.
        """
        left, said, is_known = text.split(BETWEEN), "", True
        between = self.read("between", BETWEEN) or BETWEEN
        parts = len(left)
        while left:
            widths = range(1, min(self._phrases.widest, len(left)) + 1)
            tried = ((width, self.read(WHOLE, BETWEEN.join(left[:width]))) for width in widths)
            width, found = next(((it, words) for it, words in tried if words), (1, ""))
            # What nobody knows stays as it is, to the last sign of it.
            if len(left) < parts:
                said += between if is_known or found else BETWEEN
            said, is_known, left = said + (found or left[0]), bool(found), left[width:]
        return said

    def read(self, context: str, text: str) -> str:
        """Say a phrase of a context; empty if it is not known."""
        if self._depth == _DEEPEST:
            return ""
        self._depth += 1
        try:
            return next(self._all(context, text), "")
        finally:
            self._depth -= 1

    def _all(self, context: str, text: str) -> Iterator[str]:
        for phrase in self._phrases.by_context.get(context, ()):
            if phrase.pattern.may_be(text):
                pieces = self._pieces(phrase.pattern, text, len(phrase.pattern.texts[0]), 0)
                if pieces is not None:
                    yield phrase.said.filled(pieces)

    def _pieces(self, pattern: Pattern, text: str, start: int, at: int) -> Mapping[str, str] | None:
        """Find what stands in the places from number `at` on, the first of which is at `start`."""
        if at == len(pattern.places):
            return {} if start == len(text) else None
        place, after = pattern.places[at], pattern.texts[at + 1]
        for end in self._ends(text, start, after, is_last=at == len(pattern.places) - 1):
            said = self._said(place, text[start:end])
            rest = self._pieces(pattern, text, end + len(after), at + 1) if said else None
            if rest is not None:
                return {place.name: said, **rest}
        return None

    def _ends(self, text: str, start: int, after: str, *, is_last: bool) -> Iterator[int]:
        """Give where a place may end: it holds something, and what comes after it follows."""
        end = len(text) - len(after) if is_last else text.find(after, start + 1)
        while end > start and self._steps > 0:
            self._steps -= 1
            yield end
            end = -1 if is_last else text.find(after, end + 1)

    def _said(self, place: Place, piece: str) -> str:
        if place.is_number:
            is_number = _NUMBER.fullmatch(piece) is not None
            return _number(piece, self._phrases.language) if is_number else ""
        if place.name in self._phrases.by_context:
            return self.read(place.name, piece)
        return piece


def _number(piece: str, language: Language) -> str:
    return format_decimal(piece, locale=language, decimal_quantization=False)
