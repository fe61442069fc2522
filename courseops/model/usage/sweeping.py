"""Follow sessions through time once, and tell how many ran when.

Sessions come as two lists of moments in whole microseconds, starts and ends, each in order by
itself: how many run at a moment is how many have started less how many have ended.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


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

    @classmethod
    def of(cls, spans: Sequence[tuple[int, int, int]], since: int, until: int) -> Track:
        """Cut sessions, from start to when they were last seen; one outside is left out."""
        inside = [it for it in spans if it[0] <= until and it[1] >= since]
        starts = sorted([it[0] for it in inside])
        ends = sorted([it[1] for it in inside])
        before, after = bisect_left(starts, since), bisect_right(ends, until)
        return cls(
            starts=[since] * before + starts[before:],
            ends=ends[:after] + [until] * (len(ends) - after),
            began=starts[before:],
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
        starts, ends = self.starts, self.ends
        # What runs as a stretch begins; one that ends at that moment still does.
        highest = [
            bisect_right(starts, at) - bisect_left(ends, at)
            for at in range(base, base + width * count, width)
        ]
        top, top_at, ended, last = 0, None, 0, count - 1
        for started, start in enumerate(starts, 1):
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
