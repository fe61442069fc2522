"""Charts: what is drawn, what is said to those who cannot see it."""

from xml.etree import ElementTree as ET

import pytest

from courseops.adapters.pages.svg import (
    HEIGHT,
    WIDTH,
    Mark,
    bar_chart,
    heat_map,
    line_chart,
    round_up,
    stacked_bar,
)


def marks(*values):
    return [Mark(label=f"day {n}", value=value) for n, value in enumerate(values)]


def drawn(chart):
    return ET.fromstring(str(chart.svg))


def of_class(svg, name):
    return [shape for shape in svg.iter() if shape.get("class") == name]


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 2), (1, 2), (2, 2), (3, 4), (7, 8), (9, 10), (10, 10), (11, 20), (84, 100)],
)
def test_an_axis_ends_at_a_round_number_with_a_whole_half(value, top):
    assert round_up(value) == top


def test_bars_are_as_high_as_their_values_say():
    chart = bar_chart(marks(5, 10, 0), says="Three days", ticks=["a", "b", "c"])

    heights = [float(bar.get("height")) for bar in of_class(drawn(chart), "bar")]
    assert chart.top == 10
    assert heights == [HEIGHT / 2, HEIGHT, 0]


def test_a_line_stops_where_nothing_is_known_and_a_band_says_so():
    chart = line_chart(marks(1, 2, None, None, 2), says="Five days", ticks=[])

    svg = drawn(chart)
    assert len(of_class(svg, "line")) == 2
    (band,) = of_class(svg, "unknown")
    assert (float(band.get("x")), float(band.get("width"))) == (WIDTH * 0.4, WIDTH * 0.4)


def test_whoever_cannot_see_it_hears_what_it_shows():
    svg = drawn(bar_chart(marks(1, 2), says="People each day", ticks=[]))

    assert (svg.get("role"), svg.get("aria-label")) == ("img", "People each day")
    assert [title.text for title in svg.iter("title")] == ["day 0", "day 1"]


def test_labels_are_escaped():
    mark = Mark(label='<b>"&', value=1)
    svg = drawn(bar_chart([mark], says='"><script>', ticks=[]))

    assert svg.get("aria-label") == '"><script>'
    assert [title.text for title in svg.iter("title")] == ['<b>"&']


def test_so_few_ticks_are_kept_that_they_stand_apart():
    chart = bar_chart(marks(*range(28)), says="", ticks=[str(n) for n in range(28)])

    assert [tick.label for tick in chart.ticks] == ["0", "5", "10", "15", "20", "25"]
    assert chart.ticks[0].percent == pytest.approx(100 * 0.5 / 28, abs=0.01)


def test_nothing_to_draw_is_an_empty_chart():
    assert drawn(line_chart([], says="", ticks=[])).tag == "svg"


def test_a_heat_map_is_darker_where_there_is_more_and_says_what_it_knows():
    rows = [
        [Mark(label="none", value=0), Mark(label="most", value=100), Mark(label="?", value=None)],
        [
            Mark(label="few", value=0, upto=4),
            Mark(label="some", value=20),
            Mark(label="1", value=1),
        ],
    ]
    svg = drawn(heat_map(rows, says="A week", ticks=["0", "1", "2"]))

    shapes = {next(it.iter("title")).text: it.get("class") for it in svg.iter() if it.get("class")}
    assert shapes == {
        "none": "heat heat0",
        "most": "heat heat5",
        "?": "unknown",
        "few": "heat heat1",
        "some": "heat heat3",
        "1": "heat heat1",
    }


def test_a_bar_that_is_known_only_between_two_numbers_shows_both():
    svg = drawn(bar_chart([Mark(label="d", value=20, upto=23)], says="", ticks=[]))

    (least,), (most,) = of_class(svg, "bar"), of_class(svg, "upto")
    assert float(most.get("height")) / float(least.get("height")) == pytest.approx(23 / 20)


def test_the_parts_of_a_stacked_bar_lie_side_by_side():
    bar = stacked_bar(
        [("graded", 5, "5"), ("maybe", 0, "0"), ("submitted", 3, "8")], 10, says="hw1"
    )
    svg = ET.fromstring(str(bar))

    (graded,), (submitted,) = of_class(svg, "graded"), of_class(svg, "submitted")
    assert (float(graded.get("width")), float(submitted.get("x"))) == (WIDTH / 2, WIDTH / 2)
    assert not of_class(svg, "maybe")
    assert not of_class(ET.fromstring(str(stacked_bar([("graded", 0, "")], 0, says=""))), "graded")
