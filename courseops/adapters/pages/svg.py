"""Small charts as inline SVG: no program, no font, no script, a few kilobytes each.

The drawing stretches to whatever width it is given; words would stretch with it, so the
labels of the axes are left to the page, which gets their places as percentages. Colours are
CSS classes: the page decides them, for light, dark and paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

WIDTH, HEIGHT = 1000, 200
MOST_TICKS = 6
WIDEST_BAR = 80


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One value to draw; None where nothing is known, `doubtful` where too little is."""

    label: str
    value: int | None
    doubtful: bool = False


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
    top = round_up(max((mark.value or 0 for mark in marks), default=0))
    slot = WIDTH / max(len(marks), 1)
    width = min(max(slot * 0.75, slot - 8), WIDEST_BAR)
    bands = [_unknown(number * slot, slot) for number, mark in enumerate(marks) if mark.doubtful]
    bars = [
        Markup('<rect class="bar" x="{}" y="{}" width="{}" height="{}"/>').format(
            _short(number * slot + (slot - width) / 2),
            _short(HEIGHT - _height(mark.value, top)),
            _short(width),
            _short(_height(mark.value, top)),
        )
        for number, mark in enumerate(marks)
    ]
    return _chart([*bands, *bars, *_hovers(marks, slot)], top=top, says=says, ticks=ticks)


def line_chart(marks: Sequence[Mark], *, says: str, ticks: Sequence[str]) -> Chart:
    """Draw a line over a filled area, with a band where nothing is known."""
    top = round_up(max((mark.value or 0 for mark in marks), default=0))
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
        for y in (_short(HEIGHT - _height(mark.value, top)),)
    )
    left, right = _short(stretch[0][0] * slot), _short((stretch[-1][0] + 1) * slot)
    yield Markup('<polygon class="area" points="{},{} {} {},{}"/>').format(
        left, HEIGHT, outline, right, HEIGHT
    )
    yield Markup('<polyline class="line" points="{}"/>').format(outline)


def _unknown(x: float, width: float) -> Markup:
    return Markup('<rect class="unknown" x="{}" y="0" width="{}" height="{}"/>').format(
        _short(x), _short(width), HEIGHT
    )


def _hovers(marks: Sequence[Mark], slot: float) -> list[Markup]:
    return [
        Markup(
            '<rect class="hover" x="{}" y="0" width="{}" height="{}"><title>{}</title></rect>'
        ).format(_short(number * slot), _short(slot), HEIGHT, mark.label)
        for number, mark in enumerate(marks)
    ]


def _height(value: int | None, top: int) -> float:
    return HEIGHT * (value or 0) / top


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _chart(shapes: Sequence[Markup], *, top: int, says: str, ticks: Sequence[str]) -> Chart:
    svg = Markup(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">'
        '<path class="grid" d="M0 0H{}M0 {}H{}"/>{}<path class="axis" d="M0 {}H{}"/></svg>'
    ).format(says, WIDTH, HEIGHT, WIDTH, HEIGHT / 2, WIDTH, Markup("").join(shapes), HEIGHT, WIDTH)
    return Chart(svg=svg, top=top, ticks=_few(ticks))


def _few(labels: Sequence[str]) -> tuple[Tick, ...]:
    """Keep so many labels, of those that say something, as stand apart."""
    said = [(number, label) for number, label in enumerate(labels) if label]
    every = max(-(-len(said) // MOST_TICKS), 1)
    return tuple(
        Tick(percent=round(100 * (number + 0.5) / len(labels), 2), label=label)
        for number, label in said[::every]
    )
