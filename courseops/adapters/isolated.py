"""Small programs of ours that touch what hostile learners own, each in a process of its own.

They run isolated and without site-packages: nothing but that one file and the standard
library, which also lets them start in a few hundredths of a second.
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


def command(program: Path, *args: str) -> list[str]:
    """Spell how such a program is started, to be given an empty environment."""
    return [sys.executable, "-I", "-S", str(program), *args]


def ask(
    program: Path,
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
    )
    answer: Any = None
    with suppress(ValueError):
        answer = json.loads(ended.stdout)
    if ended.code != 0 or not answer:
        said = ended.stderr.strip().rpartition("\n")[2]
        raise CourseOpsError(f"{failure}: {said or f'ended by {ended.code}'}")
    return answer
