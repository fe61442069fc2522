"""The keeper of one submission's sandbox, as our side knows it: what it was asked and has told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic

from courseops.adapters.grading.fast.endings import Ending
from courseops.adapters.grading.fast.wire import Line, WireError, expect
from courseops.adapters.grading.kernel.frames import Message
from courseops.adapters.grading.kernels import KernelDiedError
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.graded import ResourceUse

_ANSWER_SECONDS = 30.0


class Keeping:
    """The line to a keeper, and what is left of the submission's allowance."""

    def __init__(
        self,
        line: Line,
        *,
        allowance: Allowance,
        environment: Mapping[str, str],
        began_at: float,
    ) -> None:
        self.line = line
        self._allowance, self._environment, self._began_at = allowance, environment, began_at
        self._cpu_seconds, self._memory_bytes = 0.0, 0
        self._cpu_limit_seconds = 0
        self.output_bytes = allowance.output_bytes
        self.until = began_at + allowance.wall_seconds

    def begin(self, asked: Message, descriptors: Sequence[int]) -> None:
        """
        Have a process started that gets these descriptors.

        Raises:
            KernelDiedError: the submission has used up its time, or no process was started.
        """
        left = self._allowance.cpu_seconds - self._cpu_seconds
        if left <= 0 or monotonic() >= self.until:
            kind = "cpu" if left <= 0 else "timeout"
            raise KernelDiedError("the submission's time is used up", kind=kind)
        self._cpu_limit_seconds = max(1, int(left))
        told: Message | None = None
        asked = {"env": dict(self._environment), "cpu_seconds": self._cpu_limit_seconds, **asked}
        with suppress(WireError):
            self.line.send(asked, descriptors=descriptors)
            told = expect(self.line, _ANSWER_SECONDS)
        if told is None or "started" not in told:
            raise KernelDiedError("no process could be started in the sandbox", kind="crash")

    def ask(self, what: str) -> None:
        """Have the process that runs interrupted or killed; who is gone needs neither."""
        with suppress(WireError):
            self.line.send({"do": what})

    def take_end(self, told: Message) -> Ending:
        """Count what an ended process has used."""
        self._cpu_seconds = float(told["all_cpu_seconds"])
        self._memory_bytes = max(self._memory_bytes, int(told["memory_bytes"]))
        return Ending(
            code=int(told["code"]),
            signal=int(told["signal"]),
            why=str(told["why"]),
            cpu_seconds=float(told["own_cpu_seconds"]),
            cpu_limit_seconds=self._cpu_limit_seconds,
        )

    def use(self) -> ResourceUse:
        """Say what the submission has used so far."""
        return ResourceUse(
            wall_seconds=monotonic() - self._began_at,
            cpu_seconds=self._cpu_seconds,
            memory_bytes=self._memory_bytes,
        )
