"""Where a person reads what a command says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from courseops.model.printable import printable


def terminal(**how: Any) -> Console:
    """
    Open the terminal, or whatever output is; with `stderr`, what stands beside a document.

    Learners choose names and files: one called ":smile:" stays what it is, and one that a
    terminal would obey is shown, in whatever sentence it stands.
    """
    return _Terminal(emoji=False, **how)


class _Terminal(Console):
    """Obeys our styles alone."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Make a renderable's segments; their text holds nothing that a terminal obeys."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(printable(segment.text, lines=True), segment.style)
