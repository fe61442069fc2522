"""`courseops demo`: a whole semester on this machine, with one line for each thing that happens."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.status import Status
from rich.text import Text

from courseops.cli.frame import Document, Frame, command
from courseops.cli.root import cli
from courseops.cli.tables import cells, table
from courseops.cli.terminal import terminal
from courseops.demo.semester import Semester
from courseops.errors import CourseOpsError

FEWEST, MOST = 10, 400


class StepDisplay:
    """One line a step on a terminal or in a log; how far it is shows while it runs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._title = ""
        self._count = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show one step: its title and time once it is done, its results below."""
        self._count += 1
        self._title = title
        results: list[str] = []
        began = time.monotonic()
        with self._console.status(escape(title)) as self._status:
            yield results.append
        took = time.monotonic() - began
        self._console.print(
            f"[green]✓[/] [bold]{self._count}. {escape(title)}[/] [dim]{took:.1f} s[/]",
            highlight=False,
        )
        for result in results:
            self._console.print(Padding(Text(result, style="dim"), (0, 0, 0, 5)))

    @contextmanager
    def stage(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show how far an action of the current step is."""
        finished = 0

        def advance(count: int) -> None:
            nonlocal finished
            finished += count
            of = f" {finished}/{total}" if total else ""
            if self._status is not None:
                self._status.update(escape(f"{self._title}: {what}{of}"))

        advance(0)
        yield advance


@command(cli, "demo", document=Document("demo", Semester))
@click.option(
    "--students",
    type=click.IntRange(FEWEST, MOST),
    default=30,
    show_default=True,
    help="How many learners the class has.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Play in this new folder, keep it, and say how to look around.",
)
def demo(frame: Frame, students: int, keep: Path | None) -> None:
    """
    Play a whole semester on this machine: real hubs, real nbgrader, real restic.

    It listens on the loopback device only, on free ports, in a folder of its own, and
    removes all of it at the end, also after Ctrl-C.
    """
    # Only the demonstration itself pays for what it plays with.
    from courseops.demo.playing import play  # noqa: PLC0415

    display = StepDisplay(terminal(stderr=True) if frame.as_json else frame.console)
    with _folder(keep) as folder:
        semester = play(folder, display, learners=students)
        frame.show(
            semester, lambda console: print_semester(console, semester, kept=keep is not None)
        )


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise CourseOpsError(f"{keep} is not empty", hint="name a new folder with --keep")
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="courseops-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def print_semester(console: Console, semester: Semester, *, kept: bool) -> None:
    """Print the closing table, and if everything was kept, where to look."""
    rows = table("what happened", "result", title="The semester")
    for line in semester.happened:
        rows.add_row(*cells(line.what, line.value))
    console.print()
    console.print(rows)
    worth_opening = [(it.what, it.value) for it in semester.worth_opening]
    if not kept:
        console.print("[bold]Worth opening[/] [dim](with courseops demo --keep DIR they stay)[/]")
        _print_pairs(console, _relative(worth_opening, Path(semester.folder)))
        return
    console.print("[bold]Worth opening[/]")
    _print_pairs(console, worth_opening)
    console.print("[bold]Look around[/]")
    _print_pairs(console, [(it.what, it.value) for it in semester.look_around])


def _relative(paths: Iterable[tuple[str, str]], folder: Path) -> Iterator[tuple[str, str]]:
    for what, path in paths:
        yield what, str(Path("DIR") / Path(path).relative_to(folder))


def _print_pairs(console: Console, pairs: Iterable[tuple[str, str]]) -> None:
    for what, value in pairs:
        console.print(f"  {what}", markup=False, highlight=False)
        console.print(Text(f"    {value}", style="cyan"), soft_wrap=True)
