"""Put into words how a process that ran learners' code ended."""

from __future__ import annotations

import signal as signals
from dataclasses import dataclass

from courseops.adapters.grading.kernel.frames import (
    HUNG_UP,
    LINE_CUT,
    NOT_READY,
    TOO_MUCH_OUTPUT,
)

_CPU_SLACK_SECONDS = 0.5
_SIGNALS: dict[int, tuple[str, str]] = {
    signals.SIGXFSZ: ("crash", "it wrote a file that is larger than it may be"),
    signals.SIGSYS: ("forbidden", "it called the system in a way that is not allowed"),
    signals.SIGKILL: ("memory", "the system killed it, as it does where memory runs out"),
}
_CODES = {
    TOO_MUCH_OUTPUT: ("output", "it put out more than it may"),
    HUNG_UP: ("protocol", "it lost the line to us"),
    LINE_CUT: ("forbidden", "it cut the line over which it is watched"),
}


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a process ended; `why` is what the keeper ended it for, if it did."""

    code: int = 0
    signal: int = 0
    why: str = ""
    cpu_seconds: float = 0.0
    cpu_limit_seconds: int = 0


def explain(end: Ending, failure: str) -> tuple[str, str]:
    """Give the stable word for an end, and a sentence; `failure` is what the process said last."""
    if end.why == "memory":
        return "memory", "the notebook's processes together held more memory than they may"
    if end.signal == signals.SIGXCPU or (
        end.signal and end.cpu_seconds > end.cpu_limit_seconds - _CPU_SLACK_SECONDS
    ):
        return "cpu", f"it used up its processor time of {end.cpu_limit_seconds} s"
    if end.signal:
        return _SIGNALS.get(end.signal, ("crash", f"it was killed by {_name(end.signal)}"))
    if end.code == NOT_READY:
        return "crash", f"its process did not come up: {_last_line(failure)}"
    if end.code in _CODES:
        return _CODES[end.code]
    said = f": {_last_line(failure)}" if failure else ""
    return "crash", f"it ended itself with exit code {end.code}{said}"


def _name(number: int) -> str:
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "it said nothing"
