"""Stock kernels beside notebooks of the fast path, in one sandbox."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from courseops.adapters.grading.choosing import ChosenBench, ChosenKernels
from courseops.adapters.grading.fast.bench import FastKernel
from courseops.adapters.grading.fast.kernels import FastKernels
from courseops.adapters.grading.kernel.sandbox import Walls
from courseops.adapters.grading.kernels import CellToRun, Kernel, KernelDiedError
from courseops.adapters.grading.kernelspecs import InstalledKernel
from courseops.adapters.grading.stock.kernel import StockKernel
from courseops.adapters.grading.stock.kernels import StockKernels
from courseops.adapters.grading.stock.launching import PlainLaunchers
from courseops.adapters.grading.stock.sandboxed import SandboxLauncher
from courseops.model.assignments.allowance import MEBIBYTE, Allowance
from tests.support.stock_kernels import lying_kernel

pytestmark = [pytest.mark.nbgrader, pytest.mark.system, pytest.mark.xdist_group("sandbox")]

LEARNER = 24680


@pytest.fixture(scope="module", params=["namespaces", "none"])
def chosen(
    request: pytest.FixtureRequest, kernelspecs: dict[str, InstalledKernel], as_root: None
) -> Iterator[ChosenKernels]:
    installed = {**kernelspecs, **lying_kernel("link")}
    walls = Walls(
        level=request.param,
        uid=LEARNER if request.param == "namespaces" else None,
        readable=tuple(path for it in installed.values() for path in it.readable),
    )
    fast = FastKernels(sys.executable, walls=walls)
    stock = StockKernels(PlainLaunchers(), installed=installed)
    opened = ChosenKernels(fast, stock, python=sys.executable, launcher_of=SandboxLauncher)
    yield opened
    opened.close()


@pytest.fixture
def bench(chosen: ChosenKernels) -> Iterator[ChosenBench]:
    files = {"given.txt": b"as submitted\n"}
    with chosen.bench(files, Allowance(output_bytes=MEBIBYTE)) as bench:
        yield bench


def text_of(kernel: Kernel, source: str, *, timeout_seconds: float = 60) -> str:
    end = kernel.execute(CellToRun(source=source), timeout_seconds=timeout_seconds)
    return "".join(it.get("text") or it.get("evalue") or "" for it in end.outputs)


def test_kernels_of_every_kind_share_the_submissions_folder(bench: ChosenBench) -> None:
    with bench.start("python3") as kernel:
        assert isinstance(kernel, FastKernel)
        text_of(kernel, "open('left.txt', 'w').write('by the fast path\\n')")
    with bench.start("python3", stock=True) as kernel:
        assert text_of(kernel, "print(open('left.txt').read())") == "by the fast path\n\n"
        assert "IntSlider" in repr(
            kernel.execute(
                CellToRun(source="import ipywidgets\nipywidgets.IntSlider()"), timeout_seconds=60
            )
        )
    with bench.start("bash") as kernel:
        assert isinstance(kernel, StockKernel)
        assert text_of(kernel, "cat given.txt left.txt; ls -1") == (
            "as submitted\nby the fast path\ngiven.txt\nleft.txt\n"
        )
    assert bench.use().cpu_seconds > 0


def test_a_stock_kernel_is_interrupted_and_ended_in_its_sandbox(bench: ChosenBench) -> None:
    with bench.start("python3", stock=True) as kernel:
        forever = CellToRun(source="while True: pass")
        assert kernel.execute(forever, timeout_seconds=0.5).timed_out
        with pytest.raises(KernelDiedError, match="exit code 7") as died:
            text_of(kernel, "import os; os._exit(7)")
    assert died.value.kind == "crash"
    with (
        bench.start("python3", stock=True) as kernel,
        pytest.raises(KernelDiedError, match="more than 1 MB") as died,
    ):
        text_of(kernel, "while True: print('x' * 1000)")
    assert died.value.kind == "output"


def test_a_link_in_the_place_of_a_socket_leads_nowhere(bench: ChosenBench) -> None:
    with (
        pytest.raises(KernelDiedError, match="something else in the place of its socket"),
        bench.start("liar"),
    ):
        pass


def test_a_stock_kernel_is_behind_the_same_walls(
    bench: ChosenBench, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Without walls each act does its harm, or this would prove nothing."""
    walled = "namespaces" in request.node.name
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text("everybody's grades")
    with socket.create_server(("127.0.0.1", 0)) as server, bench.start("bash") as kernel:
        assert (text_of(kernel, "id -u").strip() == str(LEARNER)) is walled
        assert ("everybody" in text_of(kernel, f"cat {gradebook}")) is not walled
        text_of(kernel, f"echo forged > {gradebook}")
        assert (gradebook.read_text() == "forged\n") is not walled
        port = server.getsockname()[1]
        reached = text_of(kernel, f"(exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && echo yes")
        assert ("yes" in reached) is not walled
        seen = text_of(kernel, f"kill -0 {os.getpid()} 2>/dev/null && echo seen")
        assert ("seen" in seen) is not walled
