"""Find out, by really trying, how well learners' code can be kept apart on this machine.

Nothing is remembered: kernels, profiles and containers change, and choosing takes a quarter of a
second. Nothing is chosen on a guess: a level holds if its walls held.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from courseops.adapters.grading.kernel.sandbox.walls import Walls
from courseops.adapters.grading.walls import bubblewrap
from courseops.adapters.process import run
from courseops.errors import CourseOpsError
from courseops.model.assignments.sandbox import Confinement, Fault, Level

_SANDBOX = Path(__file__).parents[1] / "kernel" / "sandbox"
_TIMEOUT_SECONDS = 60
_MEBIBYTE = 1 << 20
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
_PATHS = (
    "import json, sys; print(json.dumps(sorted({sys.prefix, sys.exec_prefix, sys.base_prefix})))"
)
# Accounts that nobody has: below those that a container may lack, above those of people.
_FIRST_UID, _UIDS = 65_200, 300


def choose(python: str, *, bwrap: str = "bwrap") -> Confinement:
    """
    Try each level with the interpreter `python`, the strongest first; give the first that holds.

    Raises:
        CourseOpsError: there is no such interpreter, or it does not run.
    """
    readable = readable_for(python)
    faults: list[Fault] = []
    for level in (Level.NAMESPACES, Level.BUBBLEWRAP):
        told = _try(level, python, readable, bwrap)
        if not told["broken"]:
            return Confinement(level=level, faults=tuple(faults), lacking=tuple(told["lacking"]))
        reason = "; ".join(f"{wall}: {harm}" for wall, harm in told["broken"].items())
        faults.append(Fault(level=level, reason=reason, to_do=_to_do(level)))
    return Confinement(level=Level.NONE, faults=tuple(faults))


def readable_for(python: str) -> tuple[str, ...]:
    """
    Give the folders that this interpreter is made of, for `Walls.readable`.

    Raises:
        CourseOpsError: there is no such interpreter, or it does not run.
    """
    done = run(
        [python, "-I", "-B", "-c", _PATHS],
        env=_ENVIRONMENT,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    if done.code != 0:
        raise CourseOpsError(f"{python} does not run: {done.stderr.strip()[-500:]}")
    paths: list[str] = json.loads(done.stdout)
    return tuple(path for path in paths if path != "/")


def learner_uid(slot: int = 0) -> int | None:
    """Give the account for the submission in `slot`, nobody's; None where we are not root."""
    return _FIRST_UID + slot % _UIDS if os.geteuid() == 0 else None


def _try(level: Level, python: str, readable: tuple[str, ...], bwrap: str) -> dict[str, Any]:
    inside = level is Level.BUBBLEWRAP
    walls = Walls(
        level="inside" if inside else "namespaces",
        readable=(*readable, str(_SANDBOX)) if inside else readable,
        scratch_bytes=2 * _MEBIBYTE,
        memory_bytes=512 * _MEBIBYTE,
        cpu_seconds=20,
        processes=8,
        open_files=64,
        file_bytes=_MEBIBYTE,
        # Workers try side by side, and processes are counted by account.
        uid=None if inside else learner_uid(os.getpid()),
    )
    program = [python, "-I", "-B", str(_SANDBOX)]
    with _bait() as (secret, port):
        asked = {"walls": asdict(walls), "secret": secret, "port": port, "outsider": os.getpid()}
        args = bubblewrap.command(walls, program, bwrap=bwrap) if inside else program
        return _answer(args, json.dumps(asked).encode())


def _answer(args: Sequence[str], asked: bytes) -> dict[str, Any]:
    try:
        done = run(args, env=_ENVIRONMENT, timeout_seconds=_TIMEOUT_SECONDS, stdin=asked)
    except CourseOpsError as error:
        return {"broken": {"start": str(error)}}
    try:
        told = dict(json.loads(done.stdout))
    except ValueError:
        told = {}
    # An answer without that word is no success.
    if done.code != 0 or not isinstance(told.get("broken"), dict):
        said = done.stderr.strip()[-500:] or f"it ended with code {done.code}"
        return {"broken": {"start": said}}
    return {"lacking": [], **told}


@contextmanager
def _bait() -> Iterator[tuple[str, int]]:
    """Put a file and a server where learners' code must not reach them."""
    with (
        tempfile.NamedTemporaryFile(prefix="courseops-trial-") as secret,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        Path(secret.name).chmod(0o644)
        yield secret.name, server.getsockname()[1]


def _to_do(level: Level) -> str:
    if level is Level.BUBBLEWRAP:
        return (
            "install bubblewrap 0.8 or newer (on Debian or Ubuntu: apt install bubblewrap), and "
            "where AppArmor holds it back, a profile for it"
        )
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "AppArmor keeps ordinary users from making namespaces: give bubblewrap a profile with "
            "the rule `userns`, or run courseops as root"
        )
    if "0" in (_setting("user/max_user_namespaces"), _setting("kernel/unprivileged_userns_clone")):
        return (
            "ordinary users may make no namespaces here: sysctl user.max_user_namespaces=15000, "
            "kernel.unprivileged_userns_clone=1, or run courseops as root"
        )
    return (
        "in a container, its seccomp profile or its missing CAP_SYS_ADMIN forbids this: allow it, "
        "or grade on a machine or a Dask worker that may; otherwise Linux 5.12 or newer is needed"
    )


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return ""
