"""One notebook's process on the fast path: cells go in, outputs come out, and all of it is checked.

What the process says is hostile; how it ended is told by its keeper, which learners' code
cannot reach.
"""

from __future__ import annotations

import ast
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any

from courseops.adapters.grading.endings import Ending, explain
from courseops.adapters.grading.keeping import Keeping
from courseops.adapters.grading.kernel.frames import Message, frame_limit, sign
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
    check_outputs,
    wait_for,
)

REPORT_BYTES = 1 << 14
_GRACE_SECONDS = 5.0
_MOST_REMARKS = 50


class FastKernel:
    """One notebook's process."""

    def __init__(
        self,
        keeping: Keeping,
        language_info: Mapping[str, Any],
        line: Line,
        reports: Line,
        *,
        key: str,
    ) -> None:
        self._keeping, self._line, self._reports = keeping, line, reports
        self._language_info = language_info
        self._ending: Ending | None = None
        self._died: KernelDiedError | NeedsStockKernelError | None = None
        self._number = 0
        self._key = key
        self._began = ""

    @property
    def language_info(self) -> Mapping[str, Any]:
        """Give what the notebook's metadata says of the language, as a stock kernel reports it."""
        return self._language_info

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
        budget = self._keeping.output_bytes
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
        end = self._read(told, nonce, budget, timed_out=timed_out)
        if cell.trusted and self._began != sign(self._key, self._number):
            raise WireError("a test was answered that never came to us there")
        odd = _odd_values(cell, end) if cell.trusted else ()
        return replace(end, remarks=(*end.remarks, *odd)) if odd else end

    def _refuse_early_words(self) -> None:
        self._line.limit(REPORT_BYTES)
        self._line.read()
        if self._line.next() is not None:
            raise WireError("it answered what it was not asked")

    def _await_answer(self, timeout_seconds: float | None) -> tuple[Message, bool]:
        began_at = monotonic()
        limit = None if timeout_seconds is None else began_at + timeout_seconds
        interrupted = False
        while True:
            until = self._keeping.until if limit is None else min(limit, self._keeping.until)
            self._wait(until)
            told = self._line.next()
            if told is not None:
                return told, interrupted
            if self._ending is not None or not self._keeping.line.is_open:
                raise self._why_gone()
            if not self._line.is_open:
                self._wait_for_end()
                raise self._why_gone()
            now = monotonic()
            if now >= self._keeping.until:
                raise self._out_of_time("the submission's whole time is used up")
            if limit is not None and now >= limit:
                if interrupted:
                    raise self._out_of_time("a cell ran over its time and could not be interrupted")
                self._keeping.ask("interrupt")
                interrupted, limit = True, now + _GRACE_SECONDS

    def _wait(self, until: float) -> None:
        wait_for([self._line, self._keeping.line, self._reports], until)
        told = self._keeping.line.next()
        if told is not None and "ended" in told:
            # What it said last may still be on its way to us.
            while self._line.is_open:
                self._line.read()
                if not self._line.read_something:
                    break
            self._ending = self._keeping.take_end(told)

    def _wait_for_end(self) -> None:
        until = monotonic() + _GRACE_SECONDS
        while self._ending is None and self._keeping.line.is_open and monotonic() < until:
            self._line.is_open = False
            self._wait(until)

    def _read(self, told: Message, nonce: str, budget: int, *, timed_out: bool) -> CellEnd:
        if told.get("nonce") != nonce:
            raise WireError("it answered without the word that came with the cell")
        if "needs_stock" in told:
            raise NeedsStockKernelError(
                f"the notebook needs a stock kernel: it wants {str(told['needs_stock'])[:200]}"
            )
        outputs = check_outputs(told.get("outputs"), limit_bytes=frame_limit(budget))
        self._keeping.output_bytes -= min(_weigh(outputs), self._keeping.output_bytes)
        return CellEnd(
            outputs=outputs,
            execution_count=check_count(told.get("execution_count")),
            timed_out=timed_out,
            remarks=self._reported(),
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
            if "began" in told:
                self._began = str(told["began"])
                continue
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
        if self._ending is None and self._keeping.line.is_open:
            self._keeping.ask("kill")
            with suppress(WireError):
                self._wait_for_end()
        self._line.close()
        self._reports.close()


def _odd_values(cell: CellToRun, end: CellEnd) -> Sequence[str]:
    """
    Say that a value of a test is not its own: nbgrader takes points from the first it finds.

    A test's own value is its last statement's, and nothing fails after it.
    """
    kinds = [it["output_type"] for it in end.outputs]
    values = kinds.count("execute_result")
    if values > 1 or (values and ("error" in kinds or not _has_value(cell.source))):
        return ["showed a value that is not the test's own: learners' code may have"]
    return []


def _has_value(source: str) -> bool:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        # IPython's own ways of writing, such as magics.
        return True
    return bool(body) and isinstance(body[-1], ast.Expr)


def _weigh(outputs: Sequence[Output]) -> int:
    return sum(len(str(it)) for it in outputs)
