"""Put into words how a process that ran learners' code ended."""

from __future__ import annotations

import signal as signals
from typing import Protocol

from courseops.adapters.grading.kernel.frames import HUNG_UP, NOT_READY, TOO_MUCH_OUTPUT

_CPU_SLACK_SECONDS = 0.5


class End(Protocol):
    """An exit code or a signal, why the keeper ended it if it did, and processor time."""

    @property
    def code(self) -> int:
        """Give the exit code."""
        ...

    @property
    def signal(self) -> int:
        """Give the number of the signal that killed it, or 0."""
        ...

    @property
    def why(self) -> str:
        """Give what the keeper ended it for."""
        ...

    @property
    def cpu_seconds(self) -> float:
        """Give what it has used."""
        ...

    @property
    def cpu_limit_seconds(self) -> int:
        """Give what it was allowed to use."""
        ...


def explain(end: End, failure: str) -> tuple[str, str]:
    """Give the stable word for an end, and a sentence; `failure` is what the process said last."""
    if end.why == "memory":
        return "memory", "the notebook's processes together held more memory than they may"
    if end.signal == signals.SIGXCPU or (
        end.signal and end.cpu_seconds > end.cpu_limit_seconds - _CPU_SLACK_SECONDS
    ):
        return "cpu", f"it used up its processor time of {end.cpu_limit_seconds} s"
    if end.signal == signals.SIGXFSZ:
        return "crash", "it wrote a file that is larger than it may be"
    if end.signal == signals.SIGSYS:
        return "forbidden", "it called the system in a way that is not allowed"
    if end.signal == signals.SIGKILL:
        return "memory", "the system killed it, as it does where memory runs out"
    if end.signal:
        return "crash", f"it was killed by {_name(end.signal)}"
    if end.code == TOO_MUCH_OUTPUT:
        return "output", "it put out more than it may"
    if end.code == NOT_READY:
        return "crash", f"its process did not come up: {_last_line(failure)}"
    if end.code == HUNG_UP:
        return "protocol", "it lost the line to us"
    said = f": {_last_line(failure)}" if failure else ""
    return "crash", f"it ended itself with exit code {end.code}{said}"


def _name(number: int) -> str:
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "it said nothing"
