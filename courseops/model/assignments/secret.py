"""The lines that nbgrader takes out of a teacher's notebook, and how they are recognised.

Lines are compared word by word, so that spaces and indentation do not matter.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from courseops.model.assignments.release import Conversion
from courseops.model.assignments.source import FullCell

_TOKENS = re.compile(r"\w+|[^\w\s]")
# Whoever needs a library may be told so: the same import stands in many places.
_IMPORTS = re.compile(r"\s*(?:import|from|library|require|using|#\s*include|%)\b")
_FEWEST_WORDS = 2
# In prose, and in files beside the notebook, so many words taken together are no accident;
# or the whole of a region that is not quite so short as `x = 1`.
_WORDS_OF_A_COPY = 5
_WORDS_OF_A_SHORT_REGION = 3


@dataclass(frozen=True, kw_only=True)
class SecretLine:
    """One line, as it was written and as its words in a row; `weight` counts what says much."""

    text: str
    spelled: str
    weight: int


@dataclass(frozen=True, kw_only=True)
class Secret:
    """The telling lines of one region that was taken out of the cell called `cell`."""

    what: str
    cell: str
    lines: tuple[SecretLine, ...]

    @property
    def weight(self) -> int:
        """Count the telling words of all lines."""
        return sum(line.weight for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class _Split:
    """The lines of one cell: those that stay, and each region that goes."""

    cell: FullCell
    stays: tuple[str, ...]
    goes: tuple[tuple[str, tuple[str, ...]], ...]


def spell_lines(text: str) -> str:
    """Write each line of a text as its words with one space around each, for `is_found`."""
    spelled = dict.fromkeys(_spell(line) for line in text.splitlines())
    return "\n".join(spelled)


def is_found(secret: Secret, spelled: str, *, strict: bool, whole_file: bool = False) -> list[str]:
    """
    Give the lines of a secret that a text holds, if they are a finding.

    `strict` counts each of them; else they must be many enough to be a copy, and in a
    `whole_file`, which may share phrases with any solution, half of the region.
    """
    found = [line for line in secret.lines if line.spelled in spelled]
    if strict or not found:
        return [line.text for line in found]
    weight = sum(line.weight for line in found)
    is_whole = len(found) == len(secret.lines) and weight >= _WORDS_OF_A_SHORT_REGION
    is_copy = weight >= _WORDS_OF_A_COPY and (not whole_file or 2 * weight >= secret.weight)
    return [line.text for line in found] if is_whole or is_copy else []


def secrets_of(cells: Iterable[FullCell], conversion: Conversion) -> tuple[Secret, ...]:
    """Give what nbgrader takes out of these cells, less what it leaves elsewhere in their code."""
    splits = [_split(cell, conversion) for cell in cells]
    given = {
        is_code: spell_lines(
            "\n".join(line for it in splits if it.cell.is_code is is_code for line in it.stays)
        )
        for is_code in (True, False)
    }
    stubs = {_spell(line) for line in conversion.stubs}
    return tuple(
        secret for split in splits for secret in _secrets(split, given[True], given[False], stubs)
    )


def _secrets(split: _Split, code: str, prose: str, stubs: set[str]) -> Iterator[Secret]:
    whole_lines = set(prose.split("\n"))
    for what, texts in split.goes:
        lines = []
        for text in dict.fromkeys(texts):
            line = _secret_line(text)
            if line is None or line.spelled in stubs or line.spelled in code:
                continue
            # The wording of a question may stand above its answer, too.
            if not split.cell.is_code and line.spelled in whole_lines:
                continue
            lines.append(line)
        if lines:
            yield Secret(what=what, cell=split.cell.called, lines=tuple(lines))


def _secret_line(text: str) -> SecretLine | None:
    if _IMPORTS.match(text):
        return None
    words = [token for token in _TOKENS.findall(text) if token[0].isalnum() or token[0] == "_"]
    weight = sum(not keyword.iskeyword(word) for word in words)
    if weight < _FEWEST_WORDS:
        return None
    return SecretLine(text=text.strip(), spelled=_spell(text), weight=weight)


def _spell(line: str) -> str:
    return f" {' '.join(_TOKENS.findall(line))} "


def _split(cell: FullCell, conversion: Conversion) -> _Split:
    stays: list[str] = []
    goes: list[tuple[str, list[str]]] = []
    closing = ""
    for line in cell.source.split("\n"):
        begun = next((it for it in conversion.regions if it.begin in line), None)
        if closing:
            if closing in line:
                closing = ""
            else:
                goes[-1][1].append(line)
        elif begun is not None:
            closing = begun.end
            goes.append((begun.what, []))
        else:
            stays.append(line)
    if _is_answered_whole(cell, goes, conversion):
        goes, stays = [*goes, (conversion.regions[0].what, stays)], []
    return _Split(
        cell=cell,
        stays=tuple(stays),
        goes=tuple((what, tuple(lines)) for what, lines in goes),
    )


def _is_answered_whole(
    cell: FullCell, goes: Sequence[tuple[str, list[str]]], conversion: Conversion
) -> bool:
    """Say whether nbgrader replaces all of a cell: an answer without a delimited solution."""
    solution = conversion.regions[0].what
    return bool((cell.marks or {}).get("solution")) and all(what != solution for what, _ in goes)
