"""Start outside programs. No other module may.

Never through a shell; the environment is always the caller's own, never inherited by
accident; every wait has a limit.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from courseops.errors import CourseOpsError, UnreachableError


@dataclass(frozen=True)
class Finished:
    """What a program said and how it ended; a negative code is the signal that killed it."""

    code: int
    stdout: bytes
    stderr: str


def run(
    args: Sequence[str],
    *,
    env: Mapping[str, str],
    timeout_seconds: float,
    stdin: bytes = b"",
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> Finished:
    """
    Run `args` to the end and hand back what it said.

    Raises:
        CourseOpsError: the program is not there.
        UnreachableError: it did not end within `timeout_seconds`; it was killed.
    """
    try:
        done = subprocess.run(
            args,
            env=dict(env),
            timeout=timeout_seconds,
            input=stdin,
            capture_output=True,
            check=False,
            cwd=cwd,
            pass_fds=pass_fds,
        )
    except FileNotFoundError as error:
        raise missing(args[0]) from error
    except subprocess.TimeoutExpired as error:
        raise UnreachableError(
            f"{args[0]} did not finish within {timeout_seconds:.0f} s and was stopped"
        ) from error
    return Finished(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def start(
    args: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """
    Start a program that lives on, in a session of its own; the caller ends and reaps it.

    Raises:
        CourseOpsError: the program is not there.
    """
    try:
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
    except FileNotFoundError as error:
        raise missing(args[0]) from error


def missing(program: str) -> CourseOpsError:
    """Say that a program is not installed, and what to do."""
    name = Path(program).name
    return CourseOpsError(
        f"the program {program} is not here",
        hint=f"install {name} (on Debian or Ubuntu: apt install {name}), "
        "or set its path in config.toml",
    )


PIPE = subprocess.PIPE
STDOUT = subprocess.STDOUT
Process = subprocess.Popen[bytes]
TimeoutExpired = subprocess.TimeoutExpired
