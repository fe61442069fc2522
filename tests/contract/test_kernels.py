"""Whatever runs notebooks: outputs as nbgrader's, and nothing that a notebook does harms the next."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from courseops.adapters.grading.fast import FastKernels
from courseops.adapters.grading.kernel.sandbox import Walls
from courseops.adapters.grading.kernels import (
    CellToRun,
    Kernel,
    KernelDiedError,
    Kernels,
    NeedsStockKernelError,
)
from courseops.errors import CourseOpsError
from courseops.model.allowance import MEBIBYTE, Allowance
from tests.support.kernels import PLOTTING_CELLS, PYTHON_CELLS, as_nbgrader_runs, settled

pytestmark = pytest.mark.nbgrader

ROOMY = Allowance(memory_bytes=4096 * MEBIBYTE)
LEARNER = 61_000 + os.getpid() % 4000


def walls_of(level: str) -> Walls:
    return Walls(level=level, uid=LEARNER if level == "namespaces" else None)


@pytest.fixture(scope="session", params=["none", "namespaces"])
def kernels(request: pytest.FixtureRequest) -> Iterator[Kernels]:
    if request.param == "namespaces" and os.geteuid() != 0:
        pytest.skip("needs root")
    made = FastKernels(
        sys.executable,
        walls=walls_of(request.param),
        preload=["numpy", "pandas", "matplotlib.pyplot", "no_such_module"],
    )
    yield made
    made.close()


Start = Callable[..., AbstractContextManager[Kernel]]


@pytest.fixture
def start(kernels: Kernels) -> Start:
    from contextlib import contextmanager  # noqa: PLC0415

    @contextmanager
    def start_one(**bounds: Any) -> Iterator[Kernel]:
        allowance = Allowance(**{"memory_bytes": 4096 * MEBIBYTE, **bounds})
        with kernels.bench({}, allowance) as bench, bench.start("python3") as kernel:
            yield kernel

    return start_one


def run(kernel: Kernel, source: str, *, trusted: bool = False, timeout: float = 20) -> Any:
    return kernel.execute(CellToRun(source=source, trusted=trusted), timeout_seconds=timeout)


def text_of(end: Any) -> str:
    return str([settled([it]) for it in end.outputs])


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cells in (PYTHON_CELLS, PLOTTING_CELLS):
        folder = tmp_path_factory.mktemp("stock")
        outputs = as_nbgrader_runs(list(cells.values()), folder)
        found |= dict(zip(cells, outputs, strict=True))
    return found


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("cells", [PYTHON_CELLS, PLOTTING_CELLS], ids=["python", "plotting"])
def test_outputs_are_those_of_nbgrader(
    kernels: Kernels, stock: dict[str, Any], cells: dict[str, str], trusted: bool
) -> None:
    with kernels.bench({}, ROOMY) as bench, bench.start("python3") as kernel:
        ours = {
            name: settled(run(kernel, source, trusted=trusted and "In[" not in source).outputs)
            for name, source in cells.items()
        }
    if trusted:
        ours.pop("history", None)
    assert ours == {name: settled(stock[name]) for name in ours}
