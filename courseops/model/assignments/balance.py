"""Share out what is to be graded by hand among those who grade, the least work first.

The largest pieces are dealt first, each to whoever has the least so far (Graham's LPT rule,
https://doi.org/10.1137/0117039): nobody has more than anybody else by more than one piece,
unless somebody may not grade what is left, or keeps what they had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One learner's work that waits: how many `cells` of it need a person."""

    learner: str
    cells: int = 1
    sections: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Assistant:
    """Somebody who grades, by username, and the sections that are theirs."""

    username: str
    sections: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one assistant is to grade, and how many cells that is."""

    assistant: str
    cells: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Everybody's share, by username, and what nobody may grade."""

    shares: tuple[Share, ...]
    nobodys: tuple[Piece, ...] = ()


def balance(
    pieces: Iterable[Piece],
    assistants: Sequence[Assistant],
    *,
    had: Mapping[str, str] | None = None,
    by_section: bool = False,
) -> Balance:
    """
    Share pieces out; whoever `had` a learner's work already keeps it, if still there.

    Nobody grades their own work. With `by_section` a piece goes to an assistant of its section
    as long as there is one. The same question always has the same answer.
    """
    had = had or {}
    ordered = sorted(pieces, key=lambda piece: (-piece.cells, piece.learner))
    those = sorted(assistants, key=lambda assistant: assistant.username)
    shares: dict[str, list[Piece]] = {assistant.username: [] for assistant in those}
    left: list[Piece] = []
    for piece in ordered:
        keeper = had.get(piece.learner, "")
        if keeper in shares and keeper != piece.learner:
            shares[keeper].append(piece)
        else:
            left.append(piece)
    work = {username: _cells(theirs) for username, theirs in shares.items()}
    nobodys: list[Piece] = []
    for piece in left:
        able = _able(piece, those, by_section=by_section)
        if not able:
            nobodys.append(piece)
            continue
        least = min(able, key=lambda username: (work[username], username))
        shares[least].append(piece)
        work[least] += piece.cells
    return Balance(
        shares=tuple(
            Share(
                assistant=username,
                cells=work[username],
                pieces=tuple(sorted(theirs, key=lambda piece: piece.learner)),
            )
            for username, theirs in shares.items()
        ),
        nobodys=tuple(nobodys),
    )


def _able(piece: Piece, assistants: Iterable[Assistant], *, by_section: bool) -> list[str]:
    others = [it for it in assistants if it.username != piece.learner]
    of_section = [it for it in others if it.sections & piece.sections] if by_section else []
    return [it.username for it in of_section or others]


def _cells(pieces: Iterable[Piece]) -> int:
    return sum(piece.cells for piece in pieces)
