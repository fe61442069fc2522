"""Which kernel a notebook gets, and that a learner's choice of a stock one is seen."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pytest

from courseops.adapters.grading.choosing import ChosenBench, wants_stock_kernel
from courseops.adapters.grading.kernels import Bench, CellEnd, CellToRun, Kernel
from courseops.adapters.grading.kernelspecs import InstalledKernel
from courseops.adapters.grading.stock.kernels import StockBench
from courseops.errors import CourseOpsError
from courseops.model.assignments.graded import ResourceUse

PYTHON = "/opt/course/bin/python"
INSTALLED = {
    "python3": InstalledKernel(
        name="python3",
        argv=(PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"),
        folder="/k",
    ),
    "ir": InstalledKernel(name="ir", argv=("R",), folder="/k"),
}


class NamedKernel:
    def __init__(self, name: str) -> None:
        self.language_info: Mapping[str, Any] = {"name": name}
        self.widgets: Mapping[str, Any] = {"of": name}

    def execute(self, cell: CellToRun, *, timeout_seconds: float | None) -> CellEnd:
        del timeout_seconds
        return CellEnd(remarks=(f"its own of {cell.source}",))


class NamedBench:
    def __init__(self, name: str) -> None:
        self.name = name

    @contextmanager
    def start(self, kernelspec: str) -> Iterator[Kernel]:
        assert kernelspec.lower() in INSTALLED
        yield NamedKernel(self.name)

    def use(self) -> ResourceUse:
        return ResourceUse(wall_seconds=1)


def chosen(
    kernelspec: str, cells: Sequence[CellToRun] = (), *, stock: bool = False
) -> tuple[str, list[tuple[str, ...]]]:
    bench = ChosenBench(
        cast("Bench", NamedBench("fast")),
        cast("StockBench", NamedBench("stock")),
        INSTALLED,
        python=PYTHON,
    )
    with bench.start(kernelspec, cells=cells, stock=stock) as kernel:
        ends = [kernel.execute(CellToRun(source=it), timeout_seconds=1) for it in ("a", "b")]
        return kernel.language_info["name"], [end.remarks for end in ends]


def test_python_runs_on_the_fast_path() -> None:
    name, remarks = chosen("Python3", [CellToRun(source="import numpy")])
    assert name == "fast"
    assert remarks == [("its own of a",), ("its own of b",)]


def test_another_language_runs_on_its_own_kernel_without_a_remark() -> None:
    name, remarks = chosen("ir")
    assert name == "stock"
    assert remarks == [("its own of a",), ("its own of b",)]


@pytest.mark.parametrize("asked", ["cells", "stock"])
def test_a_learner_who_leaves_the_fast_path_is_remarked_on_once(asked: str) -> None:
    wants = CellToRun(source="import ipywidgets")
    name, remarks = chosen("python3", [wants] if asked == "cells" else [], stock=asked == "stock")
    assert name == "stock"
    assert "stock kernel" in remarks[0][0]
    assert remarks[0][1:] == ("its own of a",)
    assert remarks[1] == ("its own of b",)


def test_a_teacher_who_wants_widgets_is_not() -> None:
    name, remarks = chosen("python3", [CellToRun(source="import ipywidgets", trusted=True)])
    assert name == "stock"
    assert remarks[0] == ("its own of a",)


def test_an_unknown_kernel_is_named_before_anything_starts() -> None:
    with pytest.raises(CourseOpsError, match="'julia' is installed here; installed: ir, python3"):
        chosen("julia")


@pytest.mark.parametrize(
    ("source", "wants"),
    [
        ("import ipywidgets as w", True),
        ("import numpy, ipywidgets", True),
        ("from ipywidgets import interact", True),
        ("@interact(x=3)\ndef f(x): ...", True),
        ("  interactive_output(f, {})", True),
        ("%matplotlib widget", True),
        ("get_ipython().kernel.do_shutdown(False)", True),
        ("comm.create_comm('x')", True),
        ("import numpy as np\nnp.mean([1])", False),
        ("%matplotlib inline", False),
        ("%%javascript\nalert(1)", False),
        ("interacts = 3", False),
        ("sns.kernel(x)", False),
    ],
)
def test_what_a_cell_wants_is_guessed_from_its_text(source: str, wants: bool) -> None:
    assert wants_stock_kernel(source) is wants
