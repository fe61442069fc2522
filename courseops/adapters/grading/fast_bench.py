"""One submission's sandbox on the fast path, and the notebooks and programs that run in it.

What a process behind the walls says is hostile; how it ended is told by the keeper, which
learners' code cannot reach.
"""

from __future__ import annotations

import secrets
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from time import monotonic
from typing import Any

from courseops.adapters.grading.endings import explain
from courseops.adapters.grading.kernel.frames import Message, frame_limit
from courseops.adapters.grading.kernels import (
    CellEnd,
    CellToRun,
    KernelDiedError,
    NeedsStockKernelError,
    Output,
)
from courseops.adapters.grading.wire import (
    Line,
    WireError,
    check_count,
    check_lines,
    check_outputs,
    expect,
    wait_for,
)
from courseops.errors import CourseOpsError
from courseops.model.allowance import Allowance
from courseops.model.graded import ResourceUse

_ANSWER_SECONDS = 30.0
_GRACE_SECONDS = 5.0
_REPORT_BYTES = 1 << 14
_MOST_REMARKS = 50


class FastBench:
    """One submission's sandbox; its notebooks run one after the other."""

    def __init__(
        self,
        keeper: Line,
        *,
        allowance: Allowance,
        names: Sequence[str],
        language_info: Mapping[str, Any],
        environment: Mapping[str, str],
        began_at: float,
    ) -> None:
        self.keeper, self.allowance = keeper, allowance
        self.language_info = language_info
        self.environment = environment
        self._names = names
        self._began_at = began_at
        self._cpu_seconds, self._memory_bytes = 0.0, 0
        self.output_bytes = allowance.output_bytes
        self.until = began_at + allowance.wall_seconds

    def place(self, files: Mapping[str, bytes]) -> None:
        """
        Write files into the scratch folder.

        Raises:
            CourseOpsError: a path leads out of it, or a file does not fit.
        """
        for path in files:
            pure = PurePosixPath(path)
            if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\0" in path:
                raise CourseOpsError(f"a submission cannot hold a file named {path!r}")
        listed = [[path, len(content)] for path, content in files.items()]
        told: Message | None = None
        with suppress(WireError):
            self.keeper.send({"do": "files", "files": listed})
            for content in files.values():
                self.keeper.send_bytes(content)
            told = expect(self.keeper, _ANSWER_SECONDS)
        if told is None or "written" not in told:
            reason = str((told or {}).get("failed", "the keeper is gone")).strip().splitlines()[-1]
            raise CourseOpsError(f"the submission's files could not be laid out: {reason}")

    @contextmanager
    def start(self, kernelspec: str) -> Iterator[FastKernel]:
        """
        Start a clean process for one notebook; at its end everything it started is killed.

        Raises:
            CourseOpsError: the fast path runs no kernel of this name.
            KernelDiedError: the submission has used up its time, or the process did not start.
        """
        if kernelspec not in self._names:
            raise CourseOpsError(
                f"the fast path has no kernel {kernelspec!r}", problems=list(self._names)
            )
        ours, theirs = socket.socketpair()
        reports, reporter = socket.socketpair()
        with theirs, reporter:
            self._begin({"do": "start"}, [theirs.fileno(), reporter.fileno()])
        kernel = FastKernel(self, Line(ours, limit_bytes=0), Line(reports, limit_bytes=_REPORT_BYTES))
        try:
            yield kernel
        finally:
            kernel.close()

    def launch(
        self, argv: Sequence[str], env: Mapping[str, str], *, cwd: str = "", output: int
    ) -> Launched:
        """
        Start an outside program in the sandbox; what it says goes to the descriptor `output`.

        One program or notebook at a time. `cwd` is a folder of the sandbox, the scratch folder
        without one; the environment is `env` and nothing else.

        Raises:
            KernelDiedError: the submission has used up its time, or no process was started.
        """
        asked = {"do": "launch", "argv": list(argv), "env": dict(env), "cwd": cwd}
        self._begin(asked, [output])
        return Launched(self)

    def use(self) -> ResourceUse:
        """Say what the submission's notebooks have used so far."""
        return ResourceUse(
            wall_seconds=monotonic() - self._began_at,
            cpu_seconds=self._cpu_seconds,
            memory_bytes=self._memory_bytes,
        )

    def close(self) -> None:
        """End everyone in the sandbox, and it."""
        self.keeper.hang_up()
        until = monotonic() + _GRACE_SECONDS
        with suppress(WireError):
            while self.keeper.is_open and monotonic() < until:
                wait_for([self.keeper], until)
        self.keeper.close()

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

    def _begin(self, asked: Message, descriptors: Sequence[int]) -> None:
        left = self.allowance.cpu_seconds - self._cpu_seconds
        if left <= 0 or monotonic() >= self.until:
            kind = "cpu" if left <= 0 else "timeout"
            raise KernelDiedError("the submission's time is used up", kind=kind)
        self._cpu_limit_seconds = max(1, int(left))
        told: Message | None = None
        asked = {"env": dict(self.environment), "cpu_seconds": self._cpu_limit_seconds, **asked}
        with suppress(WireError):
            self.keeper.send(asked, descriptors=descriptors)
            told = expect(self.keeper, _ANSWER_SECONDS)
        if told is None or "started" not in told:
            raise KernelDiedError("no process could be started in the sandbox", kind="crash")


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a process ended; `why` is what the keeper ended it for, if it did."""

    code: int = 0
    signal: int = 0
    why: str = ""
    cpu_seconds: float = 0.0
    cpu_limit_seconds: int = 0


class FastKernel:
    """One notebook's process."""

    def __init__(self, bench: FastBench, line: Line, reports: Line) -> None:
        self._bench, self._line, self._reports = bench, line, reports
        self._ending: Ending | None = None
        self._died: KernelDiedError | NeedsStockKernelError | None = None
        self._number = 0

    @property
    def language_info(self) -> Mapping[str, Any]:
        """Give what the notebook's metadata says of the language, as a stock kernel reports it."""
        return self._bench.language_info

    def execute(self, cell: CellToRun, *, timeout_seconds: float | None) -> CellEnd:
        """
        Run one cell; past its time it is interrupted, and the next one can go on.

        As nbgrader does it, an error that the kernel answers with and has not shown is added.

        Raises:
            KernelDiedError: the process is gone.
            NeedsStockKernelError: a stock kernel must run this notebook, from its start.
        """
        if self._died is not None:
            raise self._died
        try:
            return self._execute(cell, timeout_seconds)
        except WireError as error:
            self._died = self._end_with(f"the notebook's process broke the protocol: {error}")
        except (KernelDiedError, NeedsStockKernelError) as error:
            self._died = error
        self.close()
        raise self._died

    def _execute(self, cell: CellToRun, timeout_seconds: float | None) -> CellEnd:
        self._refuse_early_words()
        self._number += 1
        nonce = secrets.token_hex(16)
        budget = self._bench.output_bytes
        self._line.limit(frame_limit(budget))
        asked = {
            "number": self._number,
            "nonce": nonce,
            "source": cell.source,
            "trusted": cell.trusted,
            "budget_bytes": budget,
        }
        with suppress(WireError):
            # Who does not listen has ended: how, the keeper tells below.
            self._line.send(asked)
        told, timed_out = self._await_answer(timeout_seconds)
        return self._read(told, nonce, budget, timed_out=timed_out)

    def _refuse_early_words(self) -> None:
        self._line.limit(_REPORT_BYTES)
        self._line.read()
        if self._line.next() is not None:
            raise WireError("it answered what it was not asked")

    def _await_answer(self, timeout_seconds: float | None) -> tuple[Message, bool]:
        began_at = monotonic()
        limit = None if timeout_seconds is None else began_at + timeout_seconds
        interrupted = False
        while True:
            until = self._bench.until if limit is None else min(limit, self._bench.until)
            self._wait(until)
            told = self._line.next()
            if told is not None:
                return told, interrupted
            if self._ending is not None or not self._bench.keeper.is_open:
                raise self._why_gone()
            if not self._line.is_open:
                self._wait_for_end()
                raise self._why_gone()
            now = monotonic()
            if now >= self._bench.until:
                raise self._out_of_time("the submission's whole time is used up")
            if limit is not None and now >= limit:
                if interrupted:
                    raise self._out_of_time("a cell ran over its time and could not be interrupted")
                self._bench.keeper.send({"do": "interrupt"})
                interrupted, limit = True, now + _GRACE_SECONDS

    def _wait(self, until: float) -> None:
        wait_for([self._line, self._bench.keeper, self._reports], until)
        told = self._bench.keeper.next()
        if told is not None and "ended" in told:
            # What it said last may still be on its way to us.
            while self._line.is_open:
                self._line.read()
                if not self._line.read_something:
                    break
            self._ending = self._bench.take_end(told)

    def _wait_for_end(self) -> None:
        until = monotonic() + _GRACE_SECONDS
        while self._ending is None and self._bench.keeper.is_open and monotonic() < until:
            self._line.is_open = False
            self._wait(until)

    def _read(
        self, told: Message, nonce: str, budget: int, *, timed_out: bool
    ) -> CellEnd:
        if told.get("nonce") != nonce:
            raise WireError("it answered without the word that came with the cell")
        if "needs_stock" in told:
            raise NeedsStockKernelError(
                f"the notebook needs a stock kernel: it wants {str(told['needs_stock'])[:200]}"
            )
        outputs = check_outputs(told.get("outputs"), limit_bytes=frame_limit(budget))
        self._bench.output_bytes -= min(_weigh(outputs), self._bench.output_bytes)
        remarks = (*self._reported(), *check_lines(told.get("remarks"), most=_MOST_REMARKS))
        return CellEnd(
            outputs=outputs,
            execution_count=check_count(told.get("execution_count")),
            timed_out=timed_out,
            remarks=remarks,
        )

    # -- reports of the audit hook ---------------------------------------------------------

    def _reported(self) -> tuple[str, ...]:
        """
        Take what came straight from the hook that learners' code cannot remove.

        Raises:
            KernelDiedError: it was something that is not allowed at all.
        """
        self._reports.read()
        remarks: list[str] = []
        while (told := self._reports.next()) is not None:
            text = str(told.get("saw"))[:300]
            if told.get("forbidden"):
                raise KernelDiedError(f"learners' code {text}", kind="forbidden")
            if text not in remarks and len(remarks) < _MOST_REMARKS:
                remarks.append(text)
        if not self._reports.is_open and self._ending is None:
            raise KernelDiedError(
                "learners' code cut the line over which it is watched", kind="forbidden"
            )
        return tuple(remarks)

    # -- ends ------------------------------------------------------------------------------

    def _why_gone(self) -> KernelDiedError:
        failure = ""
        with suppress(WireError):
            self._reports.read()
            while (told := self._reports.next()) is not None:
                if told.get("forbidden"):
                    return KernelDiedError(f"learners' code {told.get('saw')}", kind="forbidden")
                failure = str(told.get("failed", failure))
        kind, reason = explain(self._ending or Ending(), failure)
        return KernelDiedError(reason, kind=kind)

    def _out_of_time(self, reason: str) -> KernelDiedError:
        return KernelDiedError(reason, kind="timeout")

    def _end_with(self, reason: str) -> KernelDiedError:
        return KernelDiedError(reason, kind="protocol")

    def close(self) -> None:
        """Kill everything that the notebook has started."""
        if self._ending is None and self._bench.keeper.is_open:
            with suppress(WireError):
                self._bench.keeper.send({"do": "kill"})
                self._wait_for_end()
        self._line.close()
        self._reports.close()


class Launched:
    """An outside program in a sandbox."""

    def __init__(self, bench: FastBench) -> None:
        self._bench = bench
        self._ending: Ending | None = None

    def interrupt(self) -> None:
        """Send SIGINT to it and to those in its group."""
        self._ask("interrupt")

    def kill(self) -> None:
        """End it and everyone it has started."""
        self._ask("kill")

    def poll(self) -> Ending | None:
        """Say how it ended; None while it runs."""
        return self.wait(0)

    def wait(self, timeout_seconds: float) -> Ending | None:
        """Wait for its end; None if it still runs afterwards."""
        until = monotonic() + timeout_seconds
        while self._ending is None:
            keeper = self._bench.keeper
            if not keeper.is_open:
                self._ending = Ending(signal=int(signal.SIGKILL), why="the keeper is gone")
                break
            wait_for([keeper], until)
            told = keeper.next()
            if told is not None and "ended" in told:
                self._ending = self._bench.take_end(told)
            elif monotonic() >= until:
                break
        return self._ending

    def explain(self) -> KernelDiedError:
        """Put into words how it ended."""
        kind, reason = explain(self._ending or Ending(), "")
        return KernelDiedError(reason, kind=kind)

    def _ask(self, what: str) -> None:
        if self._ending is None:
            with suppress(WireError):
                self._bench.keeper.send({"do": what})


def _weigh(outputs: Sequence[Output]) -> int:
    return sum(len(str(it)) for it in outputs)
