"""What a worker asks of whatever runs a notebook: the fast path and stock kernels alike.

A `Bench` is one submission's sandbox: its files in a scratch folder that its notebooks share,
and nothing of anybody else's. A `Kernel` is one clean process on it, for one notebook. What a
learner's code does to either costs that submission only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from courseops.errors import CourseOpsError, RefusedError
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.graded import ResourceUse

Output = dict[str, Any]


class KernelDiedError(CourseOpsError):
    """
    The process that ran a notebook is gone, or had to be ended.

    `kind` is a stable word for why: `crash`, `timeout` (it could not be interrupted, or the
    submission's whole time is used up), `cpu`, `memory`, `output`, `forbidden` or `protocol`.
    """

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class NoKernelsError(RefusedError):
    """No learner's code can be run here at all, such as for want of a sandbox."""


class NeedsStockKernelError(CourseOpsError):
    """The fast path cannot do what this notebook wants; a stock kernel can."""


@dataclass(frozen=True, kw_only=True)
class CellToRun:
    """A cell; `trusted` if it is the instructor's own text, which learners may not read."""

    source: str
    trusted: bool = False


@dataclass(frozen=True, kw_only=True)
class CellEnd:
    """
    How a cell ended: its outputs as nbformat 4 spells them, in their order.

    `remarks` say what about it a person should look at, such as a patched builtin.
    `earlier` are the displays of other cells that it has updated: the outputs that those have
    now, by their place among the cells that this kernel ran (the first is 0).
    """

    outputs: tuple[Output, ...] = ()
    execution_count: int | None = None
    timed_out: bool = False
    remarks: tuple[str, ...] = ()
    earlier: Mapping[int, tuple[Output, ...]] = field(default_factory=dict)


class Kernel(Protocol):
    """One clean process that runs the cells of one notebook."""

    @property
    def language_info(self) -> Mapping[str, Any]:
        """Give what the notebook's metadata says of the language, as a stock kernel reports it."""
        ...

    def execute(self, cell: CellToRun, *, timeout_seconds: float | None) -> CellEnd:
        """
        Run one cell; past its time it is interrupted, and the next one can go on.

        Raises:
            KernelDiedError: the process is gone.
            NeedsStockKernelError: another kind of kernel must run this notebook, from its start.
        """
        ...


class Bench(Protocol):
    """One submission's sandbox."""

    def start(self, kernelspec: str) -> AbstractContextManager[Kernel]:
        """
        Start a clean process for one notebook; at its end everything it started is killed.

        Raises:
            CourseOpsError: no kernel of this name is installed.
            KernelDiedError: it did not come up.
        """
        ...

    def use(self) -> ResourceUse:
        """Say what the submission's notebooks have used so far."""
        ...


class ChoosingBench(Protocol):
    """A bench that chooses what kind of kernel runs a notebook, as workers need it."""

    def start(
        self, kernelspec: str, *, cells: Sequence[CellToRun] = (), stock: bool = False
    ) -> AbstractContextManager[Kernel]:
        """
        Start a clean process for one notebook; at its end everything it started is killed.

        `cells` may be looked at to choose. After `NeedsStockKernelError` the caller starts
        again with `stock`, and runs every cell of the notebook once more. A kernel may have
        `widgets`, what the notebook's metadata says of them, by MIME type.

        Raises:
            CourseOpsError: no kernel of this name is installed.
            KernelDiedError: it did not come up.
        """
        ...

    def use(self) -> ResourceUse:
        """Say what the submission's notebooks have used so far."""
        ...


class Kernels(Protocol):
    """Opens benches; ready before the first submission comes."""

    def bench(
        self, files: Mapping[str, bytes], allowance: Allowance
    ) -> AbstractContextManager[Bench]:
        """Open a sandbox with these files, by relative path, in its scratch folder."""
        ...

    def close(self) -> None:
        """End everything that was started."""
        ...
