"""Run notebooks on stock Jupyter kernels, of any language, each in its own program.

The slower path, for what the fast one does not take. A kernel of this kind keeps its own
promises only: Python's hands every cell that ran, tests included, to the learner's code in
`In`. What it must not touch is the sandbox's business, see launching.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from courseops.adapters.grading.kernels import Bench
from courseops.adapters.grading.kernelspecs import (
    InstalledKernel,
    installed_kernels,
    pick_kernel,
)
from courseops.adapters.grading.stock.conversation import Budget, Conversation
from courseops.adapters.grading.stock.kernel import StockKernel
from courseops.adapters.grading.stock.launching import Launcher, Launchers
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.graded import ResourceUse

# nbclient's `startup_timeout`.
STARTUP_SECONDS = 60.0


class StockKernels:
    """Opens benches whose notebooks run on stock kernels, in the places of `launchers`."""

    def __init__(
        self,
        launchers: Launchers,
        *,
        installed: Mapping[str, InstalledKernel] | None = None,
        startup_seconds: float = STARTUP_SECONDS,
    ) -> None:
        self._launchers = launchers
        self.installed = installed_kernels() if installed is None else installed
        self._startup_seconds = startup_seconds

    @contextmanager
    def bench(self, files: Mapping[str, bytes], allowance: Allowance) -> Iterator[Bench]:
        """Open a place with these files."""
        with self._launchers.open(files, allowance) as launcher:
            yield self.bench_on(launcher, allowance)

    def bench_on(self, launcher: Launcher, allowance: Allowance) -> StockBench:
        """Use a place that is open already; its time begins now."""
        return StockBench(
            launcher,
            allowance,
            installed=self.installed,
            startup_seconds=self._startup_seconds,
        )

    def close(self) -> None:
        """Do nothing: between two benches nothing runs."""


class StockBench:
    """One submission's place, and what is left of its time and its output."""

    def __init__(
        self,
        launcher: Launcher,
        allowance: Allowance,
        *,
        installed: Mapping[str, InstalledKernel],
        startup_seconds: float,
    ) -> None:
        self._launcher, self._installed = launcher, installed
        self._startup_seconds = startup_seconds
        self._budget = Budget(allowance.output_bytes)
        self._deadline = time.monotonic() + allowance.wall_seconds

    @contextmanager
    def start(self, kernelspec: str) -> Iterator[StockKernel]:
        """
        Start a kernel and wait until it answers; at the end it is killed.

        Raises:
            CourseOpsError: no kernel of this name is installed, or its program is not.
            KernelDiedError: it did not come up.
        """
        kernel = pick_kernel(kernelspec, self._installed)
        place = self._launcher.meeting_place()
        conversation = Conversation(place, budget=self._budget)
        try:
            file = conversation.write_connection_file()
            program = self._launcher.launch(kernel.command(file), kernel.environment({}))
            try:
                running = StockKernel(kernel, program, conversation, deadline=self._deadline)
                running.wait_until_ready(self._startup_seconds)
                yield running
            finally:
                program.kill()
        finally:
            conversation.close()
            place.remove()

    def use(self) -> ResourceUse:
        """Say what the submission's kernels have used."""
        return self._launcher.use()
