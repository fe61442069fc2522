"""Start outside programs. No other module may.

Never through a shell; the environment is always the caller's own, never inherited by
accident; every wait has a limit. A program that must stop, at its deadline or because we
are interrupted, is first asked to with SIGINT: restic then takes its lock with it, which
it does not on SIGKILL.

An interrupt reaches the main thread alone; what other threads wait for ends by `stop_others`.
Powers that we have without being root are passed on to a program only `with_powers`.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from courseops.adapters.powers import passed_on
from courseops.errors import CourseOpsError, UnreachableError

# How soon a thread notices that it should stop.
_LOOK_EVERY_SECONDS = 0.5
_must_stop = threading.Event()


@dataclass(frozen=True)
class Finished:
    """
    What a program said and how it ended; a negative code is the signal that killed it.

    `stdout` is empty where it was sent to a file descriptor.
    """

    code: int
    stdout: bytes
    stderr: str


class OverdueError(UnreachableError):
    """A program did not end in time and was stopped; `stderr` is what it had said until then."""

    def __init__(self, message: str, *, stderr: str) -> None:
        super().__init__(message)
        self.stderr = stderr


class StoppedError(CourseOpsError):
    """A program was stopped because all of us were."""


def stop_others() -> None:
    """Have every program stopped that another thread than the main one waits for, for good."""
    _must_stop.set()


def stop_us() -> None:
    """Have this process end as SIGTERM ends it, whichever of its threads asks for that."""
    main = threading.main_thread().ident
    assert main is not None  # it was started before any other
    # To the thread that Python runs handlers in: what it waits for is interrupted, too.
    signal.pthread_kill(main, signal.SIGTERM)


def run(
    args: Sequence[str],
    *,
    env: Mapping[str, str],
    timeout_seconds: float,
    stdin: bytes = b"",
    stdout: int | None = None,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
    grace_seconds: float = 10,
    is_stuck: Callable[[], bool] | None = None,
    with_powers: bool = False,
) -> Finished:
    """
    Run `args` to the end and hand back what it said, or let it write to the descriptor `stdout`.

    `is_stuck` is asked twice a second; once it says so, the program is as good as overdue.

    Raises:
        CourseOpsError: the program is not there, or may not be run.
        OverdueError: it did not end within `timeout_seconds`, or got stuck; it was stopped, with
            SIGINT and `grace_seconds` later with SIGKILL.
        StoppedError: it was stopped likewise, because of `stop_others`.
    """
    try:
        with passed_on() if with_powers else nullcontext():
            program = subprocess.Popen(
                args,
                env=dict(env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if stdout is None else stdout,
                stderr=subprocess.PIPE,
                cwd=cwd,
                pass_fds=pass_fds,
            )
    except (FileNotFoundError, PermissionError) as error:
        raise missing(args[0]) from error
    except (OSError, ValueError) as error:
        raise CourseOpsError(f"the program {args[0]!r} cannot be started: {error}") from error
    with program:
        try:
            said, complained = _wait_for(program, stdin, timeout_seconds, is_stuck)
        except subprocess.TimeoutExpired as error:
            _stop(program, grace_seconds)
            raise OverdueError(
                f"{args[0]} did not finish within {timeout_seconds:.0f} s and was stopped",
                stderr=(error.stderr or b"").decode(errors="replace"),
            ) from error
        except BaseException:
            _stop(program, grace_seconds)
            raise
    return Finished(program.returncode, said or b"", complained.decode(errors="replace"))


def _wait_for(
    program: subprocess.Popen[bytes],
    stdin: bytes,
    timeout_seconds: float,
    is_stuck: Callable[[], bool] | None,
) -> tuple[bytes, bytes]:
    if is_stuck is None and threading.current_thread() is threading.main_thread():
        return program.communicate(stdin, timeout=timeout_seconds)
    until, unsent = time.monotonic() + timeout_seconds, stdin or None
    while True:
        left = until - time.monotonic()
        try:
            return program.communicate(unsent, timeout=min(max(left, 0), _LOOK_EVERY_SECONDS))
        except subprocess.TimeoutExpired:
            if _must_stop.is_set():
                raise StoppedError(f"{program.args!r} was stopped") from None
            if left <= _LOOK_EVERY_SECONDS or (is_stuck is not None and is_stuck()):
                raise
            unsent = None


def _stop(program: subprocess.Popen[bytes], grace_seconds: float) -> None:
    program.send_signal(signal.SIGINT)
    try:
        # Reads on while it waits: a program blocked on a full pipe could not end.
        program.communicate(timeout=grace_seconds)
    except subprocess.TimeoutExpired:
        program.kill()


def start(
    args: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    pass_fds: Sequence[int] = (),
    with_powers: bool = False,
) -> subprocess.Popen[bytes]:
    """
    Start a program that lives on, in a session of its own; the caller ends and reaps it.

    Raises:
        CourseOpsError: the program is not there, or may not be run.
    """
    try:
        with passed_on() if with_powers else nullcontext():
            return subprocess.Popen(
                args,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=pass_fds,
                start_new_session=True,
            )
    except (FileNotFoundError, PermissionError) as error:
        raise missing(args[0]) from error
    except (OSError, ValueError) as error:
        raise CourseOpsError(f"the program {args[0]!r} cannot be started: {error}") from error


def missing(program: str) -> CourseOpsError:
    """Say that a program is not installed, and what to do."""
    name = Path(program).name
    return CourseOpsError(
        f"the program {program} is not here",
        hint=f"install {name} (on Debian or Ubuntu: apt install {name}), "
        "or set its path in config.toml",
    )


STDOUT = subprocess.STDOUT
DEVNULL = subprocess.DEVNULL
Process = subprocess.Popen[bytes]
TimeoutExpired = subprocess.TimeoutExpired
