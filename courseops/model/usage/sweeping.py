"""Follow sessions through time once, and tell how many ran when.

Sessions come as two lists of moments in whole microseconds, starts and ends, each in order by
itself: how many run at a moment is how many have started less how many have ended.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


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

    starts: Sequence[int]
    ends: Sequence[int]
    began: Sequence[int]
    _found: dict[tuple[int, int, int], tuple[list[int], Height]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def cut(cls, starts: Iterable[int], ends: Iterable[int], since: int) -> Track:
        """Bring the starts and ends of sessions in order that end after the window begins."""
        began = sorted(starts)
        before = bisect_left(began, since)
        return cls(
            starts=[since] * before + began[before:] if before else began,
            ends=sorted(ends),
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

    def running_at(self, moment: int) -> int:
        """Say how many ran at a moment; one that ends then still does."""
        return bisect_right(self.starts, moment) - bisect_left(self.ends, moment)

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
        highest = [self.running_at(base + number * width) for number in range(count)]
        top, top_at, ended, ends, last = 0, None, 0, self.ends, count - 1
        for started, start in enumerate(self.starts, 1):
            while ends[ended] < start:
                ended += 1
            running = started - ended
            number = (start - base) // width
            number = min(number, last)
            highest[number] = max(highest[number], running)
            if running > top:
                top, top_at = running, start
        return highest, Height(servers=top, at=top_at)

    def busiest(self, width: int) -> dict[int, int]:
        """Count the starts in each stretch of time in which there were any, by its beginning."""
        return {
            number * width: count
            for number, count in Counter([at // width for at in self.began]).items()
        }


def percentile(numbers: Sequence[float], percent: float) -> float:
    """Give the least of some numbers that `percent` of them do not exceed (nearest rank)."""
    ordered = sorted(numbers)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]
