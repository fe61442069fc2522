"""Read what a hub's own configuration says of logins, and of nothing else.

The hub's own program reads it, because only that knows what it means; `inside` runs there.
A configuration holds tokens and passwords: what it or the program prints is never shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from courseops.adapters import process
from courseops.adapters.hub import inside
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.logins.judging import TRAITS, HubSettings

TIMEOUT_SECONDS = 60.0
_PROBE = Path(inside.__file__)


def read_settings(
    program: str, config_file: Path, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> HubSettings:
    """
    Run a hub's configuration in the hub's `program`, and give what it sets of logins.

    It is Python and does what it does, with our rights; nothing of the hub is started.

    Raises:
        CourseOpsError: there is no such file or program.
        RefusedError: the configuration fails, for one because it wants what only the hub's
            own user or environment has.
        UnreachableError: it did not end in time.
    """
    try:
        config_file.open("rb").close()
    except OSError as error:
        raise CourseOpsError(
            f"the hub's configuration {config_file} cannot be read: {error.strerror}",
            hint="give courseops' account the right to read it, or leave hub_config out",
        ) from error
    asks = {"file": str(config_file.resolve()), "traits": sorted(set(_traits()))}
    done = process.run(
        [program, "-f", str(_PROBE)],
        env={**os.environ, "COURSEOPS_ASKS": json.dumps(asks), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout_seconds=timeout_seconds,
        # Relative paths in it are from where hubs are usually started.
        cwd=config_file.resolve().parent,
    )
    return _understood(_answer_in(done.stdout), program, config_file)


def _traits() -> Iterable[str]:
    return (trait for names in TRAITS.values() for trait in names)


def _answer_in(stdout: bytes) -> Any:
    lines = stdout.decode(errors="replace").splitlines()
    answers = [line for line in lines if line.startswith(inside.MARK)]
    try:
        return json.loads(answers[-1].removeprefix(inside.MARK)) if answers else None
    except ValueError:
        return None


def _understood(answer: Any, program: str, config_file: Path) -> HubSettings:
    match answer:
        case {"classes": [*classes], "values": {**values}}:
            named = {str(trait): value for trait, value in values.items()}
            return HubSettings(classes=tuple(map(str, classes)), values=named)
        case {"error": str(why)}:
            raise RefusedError(
                f"the hub's configuration {config_file} fails when courseops reads it, {why}",
                hint="start courseops with the rights and variables that it needs, "
                "or leave hub_config out",
            )
    raise RefusedError(
        f"{program} did not say what {config_file} means",
        hint=f"hub_program must be the hub's own program; try: {program} --version",
    )
