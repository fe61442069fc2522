"""Kernels without any sandbox, stock ones, for tests of what drives kernels."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from courseops.adapters.grading.kernels import CellEnd, CellToRun, Kernel, KernelDiedError
from courseops.errors import CourseOpsError
from courseops.model.allowance import Allowance
from courseops.model.graded import ResourceUse


def open_kernels(*, preload: Sequence[str] = ()) -> PlainKernels:
    return PlainKernels()


class PlainKernels:
    @contextmanager
    def bench(self, files: Mapping[str, bytes], _allowance: Allowance) -> Iterator[PlainBench]:
        scratch = Path(tempfile.mkdtemp(prefix="plain-"))
        for path, content in files.items():
            target = scratch / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        try:
            yield PlainBench(scratch)
        finally:
            shutil.rmtree(scratch)

    def close(self) -> None:
        pass


class PlainBench:
    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    @contextmanager
    def start(
        self, kernelspec: str, *, cells: Sequence[CellToRun] = (), stock: bool = False
    ) -> Iterator[Kernel]:
        del cells, stock  # a stock kernel is all there is
        manager = AsyncKernelManager(kernel_name=kernelspec)
        client = NotebookClient(
            new_notebook(),
            manager,
            allow_errors=True,
            timeout=30,
            interrupt_on_timeout=True,
            raise_on_iopub_timeout=True,
            error_on_timeout={"ename": "out of time", "evalue": "", "traceback": []},
            shutdown_kernel="immediate",
            record_timing=False,
            resources={"metadata": {"path": str(self._scratch)}},
        )
        client.reset_execution_trackers()
        env = {**os.environ, "NBGRADER_EXECUTION": "autograde"}
        try:
            with client.setup_kernel(env=env):
                reply = client.wait_for_reply(client.kc.kernel_info())
                yield PlainKernel(client, reply["content"]["language_info"])
        except NoSuchKernel as error:
            raise CourseOpsError(f"there is no kernel {kernelspec!r}") from error

    def use(self) -> ResourceUse:
        return ResourceUse(cpu_seconds=0.5)


class PlainKernel:
    def __init__(self, client: Any, language_info: Mapping[str, Any]) -> None:
        self._client = client
        self.language_info = language_info
        self._late = False
        client.on_cell_executed = self._remember

    def _remember(self, *, cell: Any, execute_reply: Any, **_: object) -> None:
        content = execute_reply["content"]
        self._late = content.get("ename") == "out of time"
        if content["status"] != "error" or self._late:
            return
        if not any(it.get("ename") == content["ename"] for it in cell.outputs):
            traceback = content["traceback"] or [
                "ERROR: An error occurred while showtraceback was disabled"
            ]
            cell.outputs.append(
                {
                    "output_type": "error",
                    "ename": content["ename"],
                    "evalue": content["evalue"],
                    "traceback": traceback,
                }
            )

    def execute(self, cell: CellToRun, *, timeout_seconds: float | None) -> CellEnd:
        node = new_code_cell(cell.source)
        self._client.nb.cells.append(node)
        self._client.timeout = timeout_seconds and int(timeout_seconds)
        try:
            self._client.execute_cell(node, len(self._client.nb.cells) - 1)
        except DeadKernelError as error:
            raise KernelDiedError("the kernel is gone", kind="crash") from error
        return CellEnd(
            outputs=tuple(dict(it) for it in node.outputs),
            execution_count=node.execution_count,
            timed_out=self._late,
        )
