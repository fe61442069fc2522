"""Run the notebooks of one submission on kernels of ours, in the place of nbgrader's Execute.

What nbgrader's preprocessor would leave in a cell is left in it: outputs, execution count,
timing, `CellTimeoutError` after a cell that ran out of time. The rules are those of
https://nbclient.readthedocs.io (`NotebookClient.async_execute_cell`) and of
`nbgrader.preprocessors.Execute`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat import from_dict

from courseops.adapters.grading.inside.reading_code import oddities
from courseops.adapters.grading.kernels import (
    CellEnd,
    CellToRun,
    ChoosingBench,
    Kernel,
    NeedsStockKernelError,
)
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.graded import ResourceUse

# What jupyter_client starts for a notebook that names no kernel.
_NATIVE_KERNEL = "python3"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """
    What runs notebooks in this worker, and what it has learned of each kernel's language.

    The benches of `kernels` choose, see `ChoosingBench`.
    """

    kernels: Any
    allowance: Allowance
    languages: dict[str, Mapping[str, Any]]


class Execution:
    """
    Runs the notebooks of one submission, one after the other, on one bench.

    `files` gives what lies in the learner's scratch, asked when the first notebook starts;
    `locked` gives the teacher's text of the locked cells by (notebook, grade_id).
    """

    def __init__(
        self,
        engine: Engine,
        *,
        files: Callable[[], Mapping[str, bytes]],
        locked: Mapping[tuple[str, str], str],
    ) -> None:
        self._engine = engine
        self._files = files
        self._locked = locked
        self._bench: ChoosingBench | None = None
        self._open = ExitStack()
        self.remarks: list[str] = []
        self.at = ""

    @property
    def use(self) -> ResourceUse:
        """Say what the notebooks have used so far."""
        return self._bench.use() if self._bench else ResourceUse()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let every preprocessor that executes notebooks do so here, for as long as this runs."""
        theirs = ExecutePreprocessor.preprocess
        execution = self

        def preprocess(
            self: Any, nb: Any, resources: Any = None, km: object = None
        ) -> tuple[Any, Any]:
            del km
            self.nb = nb
            self.reset_execution_trackers()
            self._check_assign_resources(resources)
            execution._run(self, nb, resources["nbgrader"]["notebook"])
            return nb, self.resources

        ExecutePreprocessor.preprocess = preprocess  # type: ignore[method-assign]
        try:
            with self._open:
                yield
        finally:
            ExecutePreprocessor.preprocess = theirs  # type: ignore[method-assign]

    def _run(self, client: Any, nb: Any, name: str) -> None:
        kernelspec = (
            client.kernel_name or nb.metadata.get("kernelspec", {}).get("name") or _NATIVE_KERNEL
        )
        self.at = f"{name}.ipynb"
        if kernelspec not in self._engine.languages or any(_runs(client, it) for it in nb.cells):
            try:
                self._run_on(client, nb, name, kernelspec, stock=False)
            except NeedsStockKernelError:
                self._run_on(client, nb, name, kernelspec, stock=True)
        nb.metadata["language_info"] = _node(dict(self._engine.languages[kernelspec]))

    def _run_on(self, client: Any, nb: Any, name: str, kernelspec: str, *, stock: bool) -> None:
        if self._bench is None:
            bench = self._engine.kernels.bench(self._files(), self._engine.allowance)
            self._bench = self._open.enter_context(bench)
        running = [(it, cell) for it, cell in enumerate(nb.cells) if _runs(client, cell)]
        cells = [self._to_run(name, cell) for _, cell in running]
        with self._bench.start(kernelspec, cells=cells, stock=stock) as kernel:
            self._engine.languages[kernelspec] = kernel.language_info
            for index, cell in running:
                end = self._run_cell(client, kernel, name, cell, index)
                for place, outputs in end.earlier.items():
                    _update_outputs(running[place][1], outputs)
            if widgets := getattr(kernel, "widgets", None):
                nb.metadata["widgets"] = _node(dict(widgets))

    def _to_run(self, name: str, cell: Any) -> CellToRun:
        teachers = self._locked.get((name, _grade_id(cell)))
        return CellToRun(source=cell.source, trusted=teachers == cell.source)

    def _run_cell(self, client: Any, kernel: Kernel, name: str, cell: Any, index: int) -> CellEnd:
        id_ = _grade_id(cell)
        called = f"cell {index + 1} ({id_})" if id_ else f"cell {index + 1}"
        self.at = f"{name}.ipynb: {called}"
        timeout_seconds = client._get_timeout(cell)
        begun_at = datetime.now(UTC)
        asked = self._to_run(name, cell)
        end = kernel.execute(asked, timeout_seconds=timeout_seconds)
        odd = () if asked.trusted else tuple(oddities(asked.source))
        self.remarks.extend(f"{self.at}: {it}" for it in (*odd, *end.remarks))
        if client.record_timing:
            cell.metadata["execution"] = _node(_timing(begun_at, datetime.now(UTC)))
        cell.execution_count = end.execution_count
        cell.outputs = [_node(it) for it in end.outputs]
        _conclude(client, cell, index, end, timeout_seconds)
        self.at = f"{name}.ipynb"
        return end


def _update_outputs(cell: Any, outputs: Sequence[Mapping[str, Any]]) -> None:
    """Take a cell's newer displays; what nbgrader has added after them stays."""
    cell.outputs = [*(_node(dict(it)) for it in outputs), *cell.outputs[len(outputs) :]]


def _node(value: Any) -> Any:
    return from_dict(value)  # type: ignore[no-untyped-call]  # nbformat has no types


def _runs(client: Any, cell: Any) -> bool:
    if cell.cell_type != "code" or not cell.source.strip():
        return False
    return client.skip_cells_with_tag not in cell.metadata.get("tags", [])


def _grade_id(cell: Any) -> str:
    id_: str = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    return id_


def _timing(begun_at: datetime, ended_at: datetime) -> dict[str, str]:
    begun, ended = (f"{it:%Y-%m-%dT%H:%M:%S.%f}Z" for it in (begun_at, ended_at))
    return {
        "iopub.status.busy": begun,
        "iopub.execute_input": begun,
        "shell.execute_reply": ended,
        "iopub.status.idle": ended,
    }


def _conclude(
    client: Any, cell: Any, index: int, end: CellEnd, timeout_seconds: float | None
) -> None:
    """Do what follows on a kernel's reply, in nbclient's order."""
    content = _reply(client, cell, end, timeout_seconds)
    if client.on_cell_executed:
        client.on_cell_executed(cell=cell, cell_index=index, execute_reply={"content": content})
    if content["status"] == "error" and not _may_fail(client, cell, content["ename"]):
        raise CellExecutionError.from_cell_and_msg(cell, content)


def _reply(client: Any, cell: Any, end: CellEnd, timeout_seconds: float | None) -> dict[str, Any]:
    if end.timed_out and not client.interrupt_on_timeout:
        raise CellTimeoutError.error_from_timeout_and_cell(
            "Cell execution timed out", int(timeout_seconds or 0), cell
        )
    if end.timed_out and client.error_on_timeout:
        return {**client.error_on_timeout, "status": "error"}
    errors = [it for it in cell.outputs if it.output_type == "error"]
    return {**errors[-1], "status": "error"} if errors else {"status": "ok"}


def _may_fail(client: Any, cell: Any, ename: str) -> bool:
    if client.force_raise_errors:
        return False
    return (
        client.allow_errors
        or ename in client.allow_error_names
        or "raises-exception" in cell.metadata.get("tags", [])
    )
