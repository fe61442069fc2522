"""Show how far long work is: a bar on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class TerminalProgress:
    """Progress for people who watch, and for logs that are read later."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)

    @contextmanager
    def stage(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show one stage of work; the value is called with the number of items just finished."""
        if not self._console.is_terminal:
            yield from self._plain(what, total)
            return
        columns = (
            TextColumn("[dim]{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda count: bar.advance(task, count)

    def _plain(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        finished = 0

        def advance(count: int) -> None:
            nonlocal finished
            finished += count

        self._console.print(f"{what} …", markup=False, highlight=False)
        yield advance
        of = f" of {total}" if total is not None else ""
        self._console.print(f"{what}: {finished}{of} done", markup=False, highlight=False)
