"""Play the demonstration and draw what it printed, as the README shows it (`make picture`)."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from courseops.cli.demo import StepDisplay, print_semester
from courseops.cli.logs import configure_logs
from courseops.demo.playing import play

PICTURE = Path(__file__).resolve().parent.parent / "docs/images/demo.svg"
THEME = TerminalTheme(
    (250, 250, 247),
    (44, 48, 56),
    [
        (44, 48, 56), (190, 49, 68), (31, 122, 77), (156, 107, 0),
        (36, 92, 160), (130, 70, 150), (20, 115, 130), (120, 124, 132),
    ],
)  # fmt: skip


def main() -> None:
    """Play, record, draw."""
    configure_logs(verbose=False)
    # Not a terminal, so that the spinner, which is gone in the end, is never recorded.
    console = Console(record=True, width=92, file=io.StringIO(), force_terminal=False)
    folder = Path(tempfile.mkdtemp(prefix="courseops-demo-"))
    try:
        print_semester(console, play(folder, StepDisplay(console)), kept=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # rich would fetch a font from the web; a reader's own will do.
    form = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    form = form.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
    svg = console.export_svg(title="courseops demo", theme=THEME, code_format=form)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(svg + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
