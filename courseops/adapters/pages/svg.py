"""Small charts as inline SVG: no program, no font, no script, a few kilobytes each.

The drawing stretches to whatever width it is given; words would stretch with it, so the
labels of the axes are left to the page, which gets their places as percentages. Colours are
CSS classes: the page decides them, for light, dark and paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, sqrt

from markupsafe import Markup

WIDTH, HEIGHT = 1000, 200
MOST_TICKS = 6
WIDEST_BAR = 80
SHADES = 5
_GAP = 3


@dataclass(frozen=True, kw_only=True)
class Mark:
    """
    One value to draw; None where nothing is known, `doubtful` where too little is.

    With `upto` the value lies somewhere from `value` to there.
    """

    label: str
    value: int | None
    upto: int | None = None
    doubtful: bool = False

    @property
    def top(self) -> int:
        """Give the most that the value can be."""
        return max(self.value or 0, self.upto or 0)


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A word below the chart, and how far from the left it belongs."""

    percent: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing, the value at its top, and the words below it."""

    svg: Markup
    top: int
    ticks: tuple[Tick, ...]


def bar_chart(marks: Sequence[Mark], *, says: str, ticks: Sequence[str]) -> Chart:
    """Draw one bar a mark; `says` tells those who cannot see it what it shows."""
    top = round_up(max((mark.top for mark in marks), default=0))
    slot = WIDTH / max(len(marks), 1)
    width = min(max(slot * 0.75, slot - 8), WIDEST_BAR)
    bands = [_unknown(number * slot, slot) for number, mark in enumerate(marks) if mark.doubtful]
    bars = [
        _rect(kind, number * slot + (slot - width) / 2, HEIGHT - high, width, high)
        for number, mark in enumerate(marks)
        for kind, high in (("upto", _height(mark.upto, top)), ("bar", _height(mark.value, top)))
        if kind == "bar" or mark.upto is not None
    ]
    return _chart([*bands, *bars, *_hovers(marks, slot)], top=top, says=says, ticks=ticks)


def line_chart(marks: Sequence[Mark], *, says: str, ticks: Sequence[str]) -> Chart:
    """Draw a line over a filled area, with a band where nothing is known."""
    top = round_up(max((mark.top for mark in marks), default=0))
    slot = WIDTH / max(len(marks), 1)
    shapes: list[Markup] = []
    for known, run in groupby(enumerate(marks), key=lambda pair: pair[1].value is not None):
        stretch = list(run)
        first, last = stretch[0][0], stretch[-1][0]
        if known:
            shapes.extend(_area(stretch, slot, top))
        else:
            shapes.append(_unknown(first * slot, (last - first + 1) * slot))
    return _chart([*shapes, *_hovers(marks, slot)], top=top, says=says, ticks=ticks)


def heat_map(rows: Sequence[Sequence[Mark]], *, says: str, ticks: Sequence[str]) -> Chart:
    """Draw one field a mark, the darker the higher its value; `ticks` name the columns."""
    top = max((mark.top for row in rows for mark in row), default=0)
    wide = WIDTH / max((len(row) for row in rows), default=1)
    tall = HEIGHT / max(len(rows), 1)
    fields = [
        _field(mark, number * wide, line * tall, (wide - _GAP, tall - _GAP), top)
        for line, row in enumerate(rows)
        for number, mark in enumerate(row)
    ]
    svg = _svg(fields, says=says, height=HEIGHT)
    return Chart(svg=svg, top=top, ticks=_few(ticks))


def stacked_bar(parts: Sequence[tuple[str, float, str]], whole: float, *, says: str) -> Markup:
    """Draw one bar of several parts of a whole, each with its class, its size and its label."""
    shapes, x = [], 0.0
    for kind, amount, label in parts:
        width = WIDTH * amount / whole if whole else 0.0
        if width > 0:
            shapes.append(_rect(kind, x, 0, width, HEIGHT, label))
        x += width
    return _svg([_rect("rest", 0, 0, WIDTH, HEIGHT), *shapes], says=says, height=HEIGHT)


def shade(mark: Mark, top: int) -> int:
    """
    Give how dark a value is drawn, from 1 to the darkest; 0 is nothing at all.

    By its square root: a quiet evening still differs from the night before the busiest lesson.
    A value that may be next to nothing is drawn as next to nothing.
    """
    if not top or not mark.top:
        return 0
    return min(max(ceil(SHADES * sqrt((mark.value or 0) / top)), 1), SHADES)


def round_up(value: int) -> int:
    """Give the top of an axis: the next round number that has a whole half."""
    size = int(10 ** (len(str(value)) - 1))
    rounds = (step * size for step in (1, 2, 4, 6, 8, 10))
    return next(top for top in rounds if top >= value and top % 2 == 0)


def _area(stretch: Sequence[tuple[int, Mark]], slot: float, top: int) -> Iterator[Markup]:
    # Each value holds for the whole of its slot, so a single one is still seen.
    outline = " ".join(
        f"{_short(number * slot)},{y} {_short((number + 1) * slot)},{y}"
        for number, mark in stretch
        for y in (_short(HEIGHT - _height(mark.top, top)),)
    )
    left, right = _short(stretch[0][0] * slot), _short((stretch[-1][0] + 1) * slot)
    yield Markup('<polygon class="area" points="{},{} {} {},{}"/>').format(
        left, HEIGHT, outline, right, HEIGHT
    )
    yield Markup('<polyline class="line" points="{}"/>').format(outline)


def _field(mark: Mark, x: float, y: float, size: tuple[float, float], top: int) -> Markup:
    kind = "unknown" if mark.value is None else f"heat heat{shade(mark, top)}"
    return _rect(kind, x + _GAP / 2, y + _GAP / 2, *size, mark.label)


def _unknown(x: float, width: float) -> Markup:
    return _rect("unknown", x, 0, width, HEIGHT)


def _hovers(marks: Sequence[Mark], slot: float) -> list[Markup]:
    return [
        _rect("hover", number * slot, 0, slot, HEIGHT, mark.label)
        for number, mark in enumerate(marks)
    ]


def _rect(
    kind: str, x: float, y: float, width: float, height: float, label: str | None = None
) -> Markup:
    place = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"').format(
        kind, _short(x), _short(y), _short(width), _short(height)
    )
    if label is None:
        return place + Markup("/>")
    return place + Markup("><title>{}</title></rect>").format(label)


def _height(value: int | None, top: int) -> float:
    return HEIGHT * (value or 0) / top


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _chart(shapes: Sequence[Markup], *, top: int, says: str, ticks: Sequence[str]) -> Chart:
    below = Markup('<path class="grid" d="M0 0H{}M0 {}H{}"/>').format(WIDTH, HEIGHT / 2, WIDTH)
    above = Markup('<path class="axis" d="M0 {}H{}"/>').format(HEIGHT, WIDTH)
    svg = _svg([below, *shapes, above], says=says, height=HEIGHT)
    return Chart(svg=svg, top=top, ticks=_few(ticks))


def _svg(shapes: Sequence[Markup], *, says: str, height: int) -> Markup:
    return Markup(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>'
    ).format(says, WIDTH, height, Markup("").join(shapes))


def _few(labels: Sequence[str]) -> tuple[Tick, ...]:
    """Keep so many labels, of those that say something, as stand apart."""
    said = [(number, label) for number, label in enumerate(labels) if label]
    every = max(-(-len(said) // MOST_TICKS), 1)
    return tuple(
        Tick(percent=round(100 * (number + 0.5) / len(labels), 2), label=label)
        for number, label in said[::every]
    )
