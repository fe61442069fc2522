"""Where the `courseops` command starts, and the one boundary where errors become exit codes."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from courseops.adapters.powers import keep_to_ourselves
from courseops.adapters.process import stop_others
from courseops.cli.root import cli
from courseops.cli.terminal import terminal
from courseops.errors import CourseOpsError

INTERRUPTED = 130
TERMINATED = 143


class _Terminated(SystemExit):
    """SIGTERM arrived: unwind, so that whatever is open is closed and recorded."""


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, _raise_terminated)
    # Who runs in the background with interrupts ignored goes on ignoring them.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _raise_interrupted)
    # Else it searches all that is installed for plug-ins, at every start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    keep_to_ourselves()
    code = _run(sys.argv[1:] if args is None else args)
    # All is done and recorded; an interrupt that comes now must not change how it ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _run(args: list[str]) -> int:
    try:
        ended = cli.main(args, prog_name="courseops", standalone_mode=False)
        return ended if isinstance(ended, int) else 0
    except click.ClickException as error:
        error.show()
        return _told(args, error.format_message(), error.exit_code)
    except CourseOpsError as error:
        _report(error)
        return _told(args, str(error), error.exit_code, error.problems, error.hint)
    except (KeyboardInterrupt, click.Abort):
        terminal(stderr=True).print("interrupted", style="yellow")
        return _told(args, "interrupted", INTERRUPTED)
    except _Terminated:
        return _told(args, "ended by SIGTERM", TERMINATED)


def _report(error: CourseOpsError) -> None:
    """Print `error: …`, its problems as a list, and `hint: …`."""
    console = terminal(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]error:[/] ", end="")
    console.print(str(error), markup=False)
    for problem in error.problems:
        console.print(f"  • {problem}", markup=False)
    if error.hint:
        console.print("[bold cyan]hint:[/] ", end="")
        console.print(error.hint, markup=False)


def _told(
    args: list[str], error: str, code: int, problems: Sequence[str] = (), hint: str = ""
) -> int:
    """Print the document of an error, if documents are wanted; give the exit code."""
    if "--json" in args:
        document = {
            "schema": "courseops/error",
            "version": 1,
            "error": error,
            "problems": list(problems),
            "hint": hint,
            "exit_code": code,
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    return code


def _raise_terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
    stop_others()
    raise _Terminated


def _raise_interrupted(_signal: int, _frame: FrameType | None) -> NoReturn:
    stop_others()
    raise KeyboardInterrupt
