"""Follow sessions through time once, and tell how many ran when.

Sessions come as two lists of moments in whole microseconds, starts and ends, each in order by
itself: how many run at a moment is how many have started less how many have ended.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, repeat
from operator import floordiv, sub

_MINUTE = 60 * 1_000_000


@dataclass(frozen=True, kw_only=True)
class Height:
    """The most that ran at once, and when that was first reached; None if nothing ran."""

    servers: int = 0
    at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Track:
    """
    The starts and the ends of some sessions, cut to a window, each in order.

    `began` are those starts that lie in the window.
    """

    starts: Sequence[float]
    ends: Sequence[float]
    began: Sequence[float]
    _found: dict[tuple[int, int, int], tuple[list[int], Height]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def cut(cls, starts: Iterable[int], ends: Iterable[int], since: int) -> Track:
        """Bring the starts and ends of sessions in order that end after the window begins."""
        # Numbers with a point sort three times as fast, and hold microseconds of centuries.
        began = sorted(map(float, starts))
        before = bisect_left(began, since)
        return cls(
            starts=[float(since)] * before + began[before:] if before else began,
            ends=sorted(map(float, ends)),
            began=began[before:] if before else began,
        )

    @classmethod
    def together(cls, tracks: Sequence[Track]) -> Track:
        """Follow several tracks at once."""
        if len(tracks) == 1:
            return tracks[0]
        return cls(
            starts=sorted([at for track in tracks for at in track.starts]),
            ends=sorted([at for track in tracks for at in track.ends]),
            began=sorted([at for track in tracks for at in track.began]),
        )

    def heights(self, base: int, width: int, count: int) -> tuple[list[int], Height]:
        """
        Give the most that ran within each of `count` stretches of time, and the most of all.

        Starts come before ends of the same moment, so that a session seen once still counts.
        """
        # The same hours are asked for by several figures.
        if (base, width, count) not in self._found:
            self._found[base, width, count] = self._heights(base, width, count)
        return self._found[base, width, count]

    def _heights(self, base: int, width: int, count: int) -> tuple[list[int], Height]:
        starts, ends = self.starts, self.ends
        edges = [base + number * width for number in range(count)]
        firsts = [*map(bisect_left, repeat(starts), edges), len(starts)]
        highest = list(map(sub, firsts, map(bisect_left, repeat(ends), edges)))
        top, top_at, started, ended = 0, None, firsts[0], 0
        for number, (first, last) in enumerate(pairwise(firsts)):
            high, at = 0, None
            for start in starts[first:last]:
                started += 1
                while ends[ended] < start:
                    ended += 1
                if started - ended > high:
                    high, at = started - ended, start
            highest[number] = max(highest[number], high)
            if high > top and at is not None:
                top, top_at = high, int(at)
        return highest, Height(servers=top, at=top_at)

    @cached_property
    def _minutes(self) -> Counter[float]:
        return Counter(map(floordiv, self.began, repeat(_MINUTE)))

    def busiest(self) -> Height:
        """Give the most starts within one minute of the clock, and the first such minute."""
        most = max(self._minutes.values(), default=0)
        # Minutes come in order.
        first = next((number for number, n in self._minutes.items() if n == most), None)
        return Height(servers=most, at=None if first is None else int(first) * _MINUTE)

    def busiest_in(self, edges: Sequence[int]) -> list[int]:
        """Give the most starts within one minute, for each stretch between two edges in order."""
        numbers, counts = list(self._minutes), list(self._minutes.values())
        firsts = [bisect_left(numbers, edge // _MINUTE) for edge in edges]
        return [max(counts[first:last], default=0) for first, last in pairwise(firsts)]


def percentile(numbers: Sequence[float], percent: float) -> float:
    """Give the least of some numbers that `percent` of them do not exceed (nearest rank)."""
    ordered = sorted(numbers)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]
