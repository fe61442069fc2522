"""Where the `courseops` command starts, and the one boundary where errors become exit codes."""

from __future__ import annotations

import json
import signal
import sys
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console

from courseops.cli.nouns import cli
from courseops.errors import CourseOpsError

INTERRUPTED = 130
TERMINATED = 143


class _Terminated(SystemExit):
    """SIGTERM arrived: unwind, so that whatever is open is closed and recorded."""


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, _raise_terminated)
    sys.exit(_run(sys.argv[1:] if args is None else args))


def _run(args: list[str]) -> int:
    try:
        ended = cli.main(args, prog_name="courseops", standalone_mode=False)
        return ended if isinstance(ended, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except CourseOpsError as error:
        _report(error, as_json="--json" in args)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        Console(stderr=True).print("interrupted", style="yellow")
        return INTERRUPTED
    except _Terminated:
        return TERMINATED


def _report(error: CourseOpsError, *, as_json: bool) -> None:
    """Print `error: …`, its problems as a list, and `hint: …`; with --json a document too."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]error:[/] ", end="")
    console.print(str(error), markup=False)
    for problem in error.problems:
        console.print(f"  • {problem}", markup=False)
    if error.hint:
        console.print("[bold cyan]hint:[/] ", end="")
        console.print(error.hint, markup=False)
    if as_json:
        document = {
            "schema": "courseops/error",
            "version": 1,
            "error": str(error),
            "problems": list(error.problems),
            "hint": error.hint,
            "exit_code": error.exit_code,
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _raise_terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated
