"""Our side of a child process that holds nbgrader and one open course.

The child starts with the first question and stays warm. One that dies, or does not answer in
time, is killed with everything it started, and the next question starts another: that costs
one answer, never the rest. Its environment is made here from a short list of names, so
learners' code, which runs in the child's kernels, sees no token of ours.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courseops.adapters.closing import Closing
from courseops.adapters.nbgrader.child import Child
from courseops.adapters.surroundings import clean_environment
from courseops.errors import CourseOpsError, RefusedError

_START_TIMEOUT_SECONDS = 120.0
_END_TIMEOUT_SECONDS = 10.0


class NbgraderRefusedError(RefusedError):
    """nbgrader said no, in its own words; `kind` is a stable word for why."""

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Which course a child opens; without an `exchange`, the one nbgrader is configured with."""

    course_id: str
    folder: Path
    exchange: Path | None = None

    def as_request(self) -> dict[str, str]:
        """Write it as the child reads it."""
        return {
            "course_id": self.course_id,
            "folder": str(self.folder.resolve()),
            "exchange": str(self.exchange.resolve()) if self.exchange else "",
        }


class Client(Closing):
    """Asks one child process, which holds one course; for one thread at a time."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._child: Child | None = None
        self._scratch = Path()

    def ask(
        self, verb: str, *, timeout_seconds: float, attached: bytes | None = None, **arguments: Any
    ) -> Any:
        """
        Ask for one thing and wait for the answer; `attached` goes beside the arguments.

        Raises:
            NbgraderRefusedError: nbgrader, or the course's own configuration, said no.
            DiedError: the child died over it.
            UnreachableError: it did not answer within `timeout_seconds`; it was killed.
        """
        child = self._child or self._start()
        return self._exchange(child, verb, arguments, timeout_seconds, attached)

    def _start(self) -> Child:
        if not self._opening.folder.is_dir():
            raise CourseOpsError(
                f"the course folder {self._opening.folder} is not there",
                hint="make it, or set courses.….folder to where nbgrader_config.py and source/ are",
            )
        self._scratch = Path(tempfile.mkdtemp(prefix="courseops-nbgrader-"))
        child = Child(env=clean_environment(self._scratch), log=self._scratch / "log")
        self._child = child
        try:
            self._exchange(child, "open", self._opening.as_request(), _START_TIMEOUT_SECONDS)
        except NbgraderRefusedError:
            self.close()
            raise
        return child

    def _exchange(
        self,
        child: Child,
        verb: str,
        arguments: dict[str, Any],
        timeout_seconds: float,
        attached: bytes | None = None,
    ) -> Any:
        size = None if attached is None else len(attached)
        asked = {"verb": verb, "arguments": arguments, "attached": size}
        request = json.dumps(asked).encode() + b"\n" + (attached or b"")
        try:
            answer = json.loads(child.exchange(request, timeout_seconds=timeout_seconds))
        except BaseException:
            # Interrupted half-way, its next answer would be to this question.
            child.kill()
            self._forget()
            raise
        if "refusal" in answer:
            refusal = answer["refusal"]
            raise NbgraderRefusedError(refusal["message"], kind=refusal["kind"])
        return answer["answer"]

    def close(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._child.end(timeout_seconds=_END_TIMEOUT_SECONDS)
            self._forget()

    def _forget(self) -> None:
        self._child = None
        shutil.rmtree(self._scratch, ignore_errors=True)
