"""Choose for each notebook between the fast path and a stock kernel, in the same sandbox.

A stock kernel does not watch over what a learner's code does to the tests' surroundings, and a
learner could ask for one just for that: so a notebook that runs on one at a learner's wish says
so in its remarks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from courseops.adapters.grading.kernels import Bench, CellEnd, CellToRun, Kernel, Kernels
from courseops.adapters.grading.kernelspecs import InstalledKernel, pick_kernel
from courseops.adapters.grading.stock.kernels import StockBench, StockKernels
from courseops.adapters.grading.stock.launching import Launcher
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.graded import ResourceUse

# What a notebook says that cannot do without a kernel's own comms and parent headers.
_WANTS_STOCK = re.compile(
    r"""^ [ \t]* (?:import|from) \b .* \b (?:ipywidgets|ipyleaflet|ipympl|bqplot) \b
      | ^ [ \t]* %matplotlib [ \t]+ (?:widget|ipympl|notebook)
      | get_ipython\(\) \s* \. \s* kernel \b
      | \b interact (?:ive|ive_output|_manual)? \s* \(
      | \b create_comm \b""",
    re.VERBOSE | re.MULTILINE,
)


def wants_stock_kernel(source: str) -> bool:
    """Say whether a cell looks as if the fast path could not run it; a guess, either way."""
    return _WANTS_STOCK.search(source) is not None


class ChosenKernels:
    """
    Opens benches on which both kinds of kernels can run.

    `fast` runs notebooks of `python`; `launcher_of` gives the sandbox of one of its benches,
    for the programs of stock kernels.
    """

    def __init__(
        self,
        fast: Kernels,
        stock: StockKernels,
        *,
        python: str,
        launcher_of: Callable[[Bench], Launcher],
    ) -> None:
        self._fast, self._stock = fast, stock
        self._python, self._launcher_of = python, launcher_of

    @contextmanager
    def bench(self, files: Mapping[str, bytes], allowance: Allowance) -> Iterator[ChosenBench]:
        """Open a sandbox with these files."""
        with self._fast.bench(files, allowance) as fast:
            stock = self._stock.bench_on(self._launcher_of(fast), allowance)
            yield ChosenBench(fast, stock, self._stock.installed, python=self._python)

    def close(self) -> None:
        """End everything that was started."""
        self._fast.close()
        self._stock.close()


class ChosenBench:
    """One submission's sandbox, for notebooks of either kind."""

    def __init__(
        self,
        fast: Bench,
        stock: StockBench,
        installed: Mapping[str, InstalledKernel],
        *,
        python: str,
    ) -> None:
        self._fast, self._stock, self._installed = fast, stock, installed
        self._python = python

    @contextmanager
    def start(
        self, kernelspec: str, *, cells: Sequence[CellToRun] = (), stock: bool = False
    ) -> Iterator[Kernel]:
        """
        Start a clean process for one notebook, on the fast path where that will do.

        `cells`, if given, are looked at for what the fast path cannot do. After a
        `NeedsStockKernelError` the caller starts again with `stock`, and runs every cell of
        the notebook once more: files that the first attempt wrote are still there.
        """
        kernel = pick_kernel(kernelspec, self._installed)
        if kernel.plain_python != self._python:
            with self._stock.start(kernelspec) as started:
                yield started
            return
        wanting = [cell for cell in cells if wants_stock_kernel(cell.source)]
        if not wanting and not stock:
            with self._fast.start(kernel.name) as fast:
                yield fast
            return
        with self._stock.start(kernelspec) as started:
            teachers = any(cell.trusted for cell in wanting)
            yield started if teachers else _Remarked(started, _REMARK)

    def use(self) -> ResourceUse:
        """Say what the notebooks of either kind have used so far."""
        return self._fast.use()


_REMARK = (
    "ran on a stock kernel because of what the notebook does: "
    "nothing watched over the tests' surroundings"
)


class _Remarked:
    """A kernel whose first cell ends with a remark."""

    def __init__(self, kernel: Kernel, remark: str) -> None:
        self._kernel = kernel
        self._remarks: tuple[str, ...] = (remark,)

    @property
    def language_info(self) -> Mapping[str, Any]:
        return self._kernel.language_info

    @property
    def widgets(self) -> Mapping[str, Any]:
        widgets: Mapping[str, Any] = getattr(self._kernel, "widgets", {})
        return widgets

    def execute(self, cell: CellToRun, *, timeout_seconds: float | None) -> CellEnd:
        end = self._kernel.execute(cell, timeout_seconds=timeout_seconds)
        remarks, self._remarks = self._remarks, ()
        return replace(end, remarks=(*remarks, *end.remarks))
