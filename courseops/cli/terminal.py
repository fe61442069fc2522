"""
Where a person reads what a command says.

Learners choose the names of files, and what they choose reaches a terminal of somebody with
more rights: what a terminal would obey, and what no encoding holds, is shown as an escape.
https://cwe.mitre.org/data/definitions/150.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

# Control characters but for the end of a line and the tab, halves of what is no UTF-8, and
# what turns the direction of all that follows: https://trojansource.codes
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def terminal(**how: Any) -> Console:
    """
    Open the terminal, or whatever output is; with `stderr`, what stands beside a document.

    Learners choose names and files: one called ":smile:" stays what it is.
    """
    return _Terminal(emoji=False, **how)


def harmless(text: str) -> str:
    r"""Spell what a terminal would obey, or could not show, as an escape like \x1b."""
    return _OBEYED.sub(lambda found: ascii(found[0])[1:-1], text)


class _Terminal(Console):
    """Styles what we say, and shows what others say as it is."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Make a renderable's segments; those of its text hold nothing a terminal obeys."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(harmless(segment.text), segment.style)
