"""Tables look alike however many rows they have, and lose nothing on a narrow terminal."""

import io

import pytest

from courseops.cli import tables
from courseops.cli.tables import print_rows
from courseops.cli.terminal import terminal

COLUMNS = ("learner", "points", "state")
NAMES = ("ada", "zoë", "伊藤", "[bold]bob[/]", "https://example.org/1.5", "")


def printed(rows, *, width=80, **options) -> str:
    console = terminal(file=io.StringIO(), width=width, force_terminal=False)
    print_rows(console, COLUMNS, rows, **options)
    return console.file.getvalue()


def rows_of(count: int) -> list[tuple[str, str, str]]:
    return [(NAMES[n % len(NAMES)], f"{n}.5", "graded") for n in range(count)]


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize("options", [{}, {"numbers": ("points",), "title": "py: [hw1]"}])
def test_a_long_table_looks_as_rich_prints_it(monkeypatch, options):
    long = printed(rows_of(300), **options)
    monkeypatch.setattr(tables, "_LONG", 1000)
    assert lines(long) == lines(printed(rows_of(300), **options))


def test_numbers_are_flush_right_by_what_a_terminal_shows():
    drawn = lines(printed([("伊藤", "9", "ok"), ("ada", "10.5", "ok")] * 60, numbers=("points",)))
    assert drawn[3:5] == ["  伊藤           9   ok", "  ada         10.5   ok"]


@pytest.mark.parametrize("count", [2, 300])
def test_words_from_outside_are_never_read_as_markup(count):
    text = printed([("[bold]bob[/]", "[link]", ":smile:")] * count)
    assert text.count("[bold]bob[/]") == text.count("[link]") == text.count(":smile:") == count


@pytest.mark.parametrize("count", [2, 300])
def test_a_table_too_wide_for_the_terminal_is_broken_and_nothing_is_cut_off(count):
    name = "".join(chr(ord("a") + n % 26) for n in range(60))
    drawn = lines(printed([(name, "1", "x")] * count, width=40))
    assert max(map(len, drawn)) <= 40
    assert "".join(line.split()[0] for line in drawn[3:] if line) == name * count


@pytest.mark.parametrize("count", [2, 300])
def test_a_cell_of_several_lines_stays_in_its_column(count):
    drawn = lines(printed([("ada", "1", "first\nsecond")] * count))
    assert drawn[3].index("first") == drawn[4].index("second")


def test_a_table_without_rows_is_its_head():
    assert printed([]).split()[:3] == list(COLUMNS)
