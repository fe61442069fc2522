"""Show how far long work is: a bar on a terminal, plain lines elsewhere; always on stderr.

Of a run that nobody watches it is said to the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console

from courseops.cli.terminal import terminal
from courseops.events import log

# In a log, one line in a while is enough to see that it goes on.
_LINE_EVERY_SECONDS = 30.0


class TerminalProgress:
    """Progress for people who watch, and for logs that are read later."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or terminal(stderr=True)

    @contextmanager
    def stage(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show one stage of work; the value is called with the number of items just finished."""
        if not self._console.is_terminal:
            yield from _said(self._say, what, total)
            return
        from rich.progress import (  # noqa: PLC0415 -- few commands take long
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("[dim]{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda count: bar.advance(task, count)

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False)


class LoggedProgress:
    """Progress for whoever reads the log of a run later."""

    @contextmanager
    def stage(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Log one stage of work; the value is called with the number of items just finished."""
        yield from _said(lambda line: log().info("progress", said=line), what, total)


def _said(
    say: Callable[[str], None], what: str, total: int | None
) -> Iterator[Callable[[int], None]]:
    finished, started = 0, time.monotonic()
    spoke = started

    def advance(count: int) -> None:
        nonlocal finished, spoke
        finished += count
        now = time.monotonic()
        if now - spoke >= _LINE_EVERY_SECONDS:
            spoke = now
            say(f"{what}: {finished}{of}{_left(finished, total, now - started)}")

    of = f" of {total}" if total is not None else ""
    say(f"{what} …")
    yield advance
    say(f"{what}: {finished}{of} done")


def _left(finished: int, total: int | None, seconds: float) -> str:
    if not total or not finished:
        return ""
    left = timedelta(seconds=round(seconds / finished * (total - finished)))
    return f", about {left} left"
