"""Small programs of ours that touch what hostile learners own, each in a process of its own.

They run isolated and without site-packages: nothing but that one module, what it says of ours and
the standard library, which also lets them start in a few hundredths of a second. They have all
powers that we have, and are there to give them up.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from courseops.adapters import process
from courseops.errors import CourseOpsError

# Where our own package lies; whatever else lies there is out of reach before anything is done.
_PACKAGES = str(Path(__file__).parents[2])
_START = """
import importlib, sys
sys.path.append(sys.argv.pop(1))
program = importlib.import_module(sys.argv.pop(1))
sys.path.pop()
program.main()
"""


def command(program: str, *args: str) -> list[str]:
    """Spell how the module `program` is started, to be given an empty environment and powers."""
    return [sys.executable, "-I", "-S", "-c", _START, _PACKAGES, program, *args]


def ask(
    program: str,
    request: dict[str, object],
    *,
    descriptors: Sequence[int],
    timeout_seconds: float,
    failure: str,
) -> Any:
    """
    Let a program answer one JSON request, and give its answer; it inherits `descriptors`.

    Raises:
        CourseOpsError: it gave none; `failure` says what did not come about.
        UnreachableError: it did not end within `timeout_seconds`.
    """
    ended = process.run(
        command(program),
        env={},
        timeout_seconds=timeout_seconds,
        stdin=json.dumps(request).encode(),
        pass_fds=descriptors,
        with_powers=True,
    )
    answer: Any = None
    with suppress(ValueError):
        answer = json.loads(ended.stdout)
    if ended.code != 0 or not answer:
        said = ended.stderr.strip().rpartition("\n")[2]
        raise CourseOpsError(f"{failure}: {said or f'ended by {ended.code}'}")
    return answer
