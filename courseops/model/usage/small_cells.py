"""Keep small groups out of a report: who is one of three can be told by whoever knows them.

A number that counts from one to four people is not shown, nor one from which such a number
follows: of 24 learners, "23 handed in" says what one of them did not. In its place stands a
range that holds for every number that had to be hidden there, so that the range itself gives
nothing away: "<5", or "20–23". Nobody and everybody may be said.

The usual rules of statistical offices, for k = 5: https://doi.org/10.1002/9781118348239
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 5
"""So many people must be behind a number for it to be shown."""

# In a whole of fewer, "fewer than five" and "all but fewer than five" would tell them apart.
_AMBIGUOUS_BELOW = 2 * FEWEST - 1


@dataclass(frozen=True, kw_only=True)
class Range:
    """Two numbers, one of which or one between which is the one that is not shown."""

    low: int
    high: int

    def __str__(self) -> str:
        """Spell it for a table."""
        return f"<{FEWEST}" if self.high < FEWEST else f"{self.low}–{self.high}"


FEW = Range(low=1, high=FEWEST - 1)
FEW_OR_NONE = Range(low=0, high=FEWEST - 1)
Shown = int | Range
"""A number as it may be shown."""


def low(shown: Shown) -> int:
    """Give the least that a number can be."""
    return shown.low if isinstance(shown, Range) else shown


def high(shown: Shown) -> int:
    """Give the most that a number can be."""
    return shown.high if isinstance(shown, Range) else shown


def is_small(number: int) -> bool:
    """Say whether a number counts so few that somebody could be known by it."""
    return 0 < number < FEWEST


def part(count: int, wholes: Sequence[Shown] = ()) -> Shown:
    """
    Show how many are in a part of each of `wholes`, themselves as they are shown.

    Neither the part nor what is left of a whole without it may be small. Of a few, not even that
    it is none of them is said.
    """
    known = sorted({whole for whole in wholes if isinstance(whole, int)})
    if any(isinstance(whole, Range) and whole.high < FEWEST for whole in wholes):
        return FEW_OR_NONE
    close = [whole for whole in known if is_small(whole - count)]
    if not close and not is_small(count):
        return count
    if known and known[0] < _AMBIGUOUS_BELOW:
        return Range(low=1, high=known[0] - 1)
    if is_small(count):
        return FEW
    return Range(low=close[0] - FEWEST + 1, high=close[0] - 1)


def chain(counts: Sequence[int]) -> list[Shown]:
    """Show groups each of which lies within the one before: learners, submitted, graded."""
    shown: list[Shown] = []
    for count in counts:
        shown.append(part(count, shown))
    return shown


def total(parts: Sequence[Shown]) -> Shown:
    """
    Show a total of parts that have no one in common, as exactly as the parts are shown.

    This is the second cell that is hidden where one is: with the total and the other parts
    anybody could work it out.
    """
    lowest, highest = sum(map(low, parts)), sum(map(high, parts))
    return lowest if lowest == highest else Range(low=lowest, high=highest)


def around(count: int, shown: Shown, parts: Sequence[Shown], most: Shown) -> Shown:
    """
    Show a whole that holds all of `parts` and may hold more: a hub, and its courses.

    `shown` is how it would be shown by itself, `most` how many there could be. The few who are
    in none of the parts are hidden by hiding the whole, which loses least.
    """
    known = [it for it in parts if isinstance(it, int) and it]
    for inside in [sum(known), *known] if known else []:
        if is_small(count - inside) or (count == inside and isinstance(shown, Range)):
            highest = inside + FEWEST - 1
            return Range(low=inside, high=min(highest, most) if isinstance(most, int) else highest)
    return shown


def second_to_hide(hidden: Sequence[bool], amounts: Sequence[float]) -> int | None:
    """
    Say which other part of a total must go where exactly one is hidden: the smallest.

    None where there is nothing to mend: none is hidden, or more than one, or there is no other.
    """
    others = [number for number, is_hidden in enumerate(hidden) if not is_hidden]
    if sum(hidden) != 1 or not others:
        return None
    return min(others, key=lambda number: amounts[number])
