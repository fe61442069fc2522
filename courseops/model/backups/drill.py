"""What a drill takes out of a backup, and what it makes of it.

A check of the repository finds what is damaged there; only having a file back, and comparing
it, shows that the file that was wanted is in it at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from random import Random
from typing import TypeVar

from courseops.model.backups.restore import Content, Sighting

# The repository is read as a whole once in so many weeks.
PARTS = 12
# A larger file would prove no more, and take long.
LARGEST_BYTES = 64 << 20

_DAYS_A_WEEK = 7

T = TypeVar("T")


def part_of_week(day: date) -> tuple[int, int]:
    """Say which part of a repository's data is read in the week of `day`, and of how many."""
    return day.toordinal() // _DAYS_A_WEEK % PARTS + 1, PARTS


def one_of(things: Iterable[T], random: Random) -> T | None:
    """Choose one of any number of things, each as likely; None if there are none."""
    chosen = None
    for number, thing in enumerate(things, start=1):
        if random.randrange(number) == 0:
            chosen = thing
    return chosen


def some_of(things: Sequence[T], count: int, random: Random) -> list[T]:
    """Choose so many things, or all where there are fewer."""
    return random.sample(list(things), min(count, len(things)))


def problem_of(sighting: Sighting, content: Content, *, like_live: bool | None) -> str:
    """
    Say what is wrong with a file that was had back; empty if nothing is.

    `like_live` says whether it is as the one in the home, None where that has changed since.
    """
    if content.size_bytes != sighting.size_bytes:
        return f"{content.size_bytes} of {sighting.size_bytes} bytes came back"
    if like_live is False:
        return "what came back differs from the home, where it has not changed since"
    return ""
