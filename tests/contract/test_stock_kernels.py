"""Stock kernels: the same outputs as nbclient's, and no harm from those that lie."""

import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from courseops.adapters.grading.kernels import Bench, CellEnd, CellToRun, KernelDiedError
from courseops.adapters.grading.kernelspecs import InstalledKernel
from courseops.adapters.grading.stock.kernel import StockKernel
from courseops.adapters.grading.stock.kernels import StockKernels
from courseops.adapters.grading.stock.launching import PlainLaunchers
from courseops.errors import CourseOpsError
from courseops.model.assignments.allowance import MEBIBYTE, Allowance
from tests.support.kernels import PYTHON_CELLS, as_nbgrader_runs, settled
from tests.support.stock_kernels import as_nbclient_runs, joined, lying_kernel

# What is made once for all of these tests takes long.
pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("stock-kernels")]

WIDGET_CELLS = [
    "print('hello')\n1 + 1",
    "import os, sys\nprint('to stderr', file=sys.stderr)",
    "os.system('echo from a shell')",
    "1/0",
    "def broken(:",
    "from IPython.display import HTML, clear_output, display\n"
    "shown = display(HTML('<b>first</b>'), display_id='here')",
    "shown.update(HTML('<b>second</b>'))\n'updated'",
    "print('gone')\nclear_output()\nprint('stays')",
    "print('gone later')\nclear_output(wait=True)\nprint('replaced')",
    "input('who? ')",
    "import ipywidgets\nslider = ipywidgets.IntSlider(value=3, description='how many')\nslider",
    "captured = ipywidgets.Output()\nwith captured:\n    print('into the widget')\n    display(5)\n"
    "print('beside it')",
    "captured.clear_output()\nwith captured:\n    print('anew')",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "get_ipython().kernel.get_parent()['msg_type']",
    "%%bash\necho from bash",
    "import sys\nsys.exit(3)",
    "len(Out), In[1]",
]
BASH_CELLS = [
    "echo hello",
    "cd /; pwd; answer=42",
    "echo $answer; echo complaint >&2",
    "false",
    "seq 300 | tail -200",
    "echo half; exit 3",
    "echo again $answer",
]

OpenBench = Callable[..., Bench]


@pytest.fixture
def open_bench() -> Iterator[OpenBench]:
    with ExitStack() as stack:

        def open_bench(
            installed: Mapping[str, InstalledKernel],
            *,
            startup_seconds: float = 60,
            files: Mapping[str, bytes] | None = None,
            **allowance: Any,
        ) -> Bench:
            stock = StockKernels(
                PlainLaunchers(path="/usr/bin:/bin"),
                installed=installed,
                startup_seconds=startup_seconds,
            )
            return stack.enter_context(stock.bench(files or {}, Allowance(**allowance)))

        yield open_bench


def run(kernel: Any, source: str, *, timeout_seconds: float | None = 60) -> CellEnd:
    end: CellEnd = kernel.execute(CellToRun(source=source), timeout_seconds=timeout_seconds)
    return end


@pytest.mark.parametrize(
    ("name", "cells"), [("python3", WIDGET_CELLS), ("bash", BASH_CELLS)], ids=["python3", "bash"]
)
def test_cells_end_as_with_nbclient(
    name: str,
    cells: list[str],
    kernelspecs: dict[str, InstalledKernel],
    open_bench: OpenBench,
    tmp_path: Path,
) -> None:
    theirs = as_nbclient_runs(kernelspecs[name], cells, tmp_path)
    with open_bench(kernelspecs).start(name) as kernel:
        assert isinstance(kernel, StockKernel)
        ours = [run(kernel, source) for source in cells]
        assert kernel.language_info == theirs["metadata"]["language_info"]
        widgets = plain_widgets(kernel.widgets)
    outputs = [list(end.outputs) for end in ours]
    for end in ours:
        for index, updated in end.earlier.items():
            outputs[index] = list(updated)
    for cell, got in zip(theirs["cells"], outputs, strict=True):
        assert without_ids(joined(got)) == without_ids(joined(cell["outputs"])), cell["source"]
    counts = [cell["execution_count"] for cell in theirs["cells"]]
    assert [end.execution_count for end in ours] == counts
    assert widgets == plain_widgets(theirs["metadata"].get("widgets", {}))


# A path below the home folder, a unit of time, a warning of the garbage collector's, and what a
# child process writes, which ipykernel reads a moment sooner or later than the cell's value.
VARYING = {"run", "time", "traceback deep", "child process"}


def test_the_cells_of_the_fast_paths_contract_end_as_nbgraders(
    kernelspecs: dict[str, InstalledKernel],
    open_bench: OpenBench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # In sight of this, ipykernel does not capture what is written to descriptors.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    cells = {name: it for name, it in PYTHON_CELLS.items() if name not in VARYING}
    theirs = as_nbgrader_runs(list(cells.values()), tmp_path)
    with open_bench(kernelspecs).start("python3") as kernel:
        ours = [settled(run(kernel, source).outputs) for source in cells.values()]
    assert dict(zip(cells, ours, strict=True)) == dict(
        zip(cells, map(settled, theirs), strict=True)
    )


def without_ids(value: Any) -> Any:
    """Leave out what is drawn anew in each run: the ids of widgets, and process numbers."""
    if isinstance(value, dict):
        return {key: without_ids(item) for key, item in value.items() if key != "model_id"}
    if isinstance(value, list):
        return [without_ids(item) for item in value]
    if isinstance(value, str) and value.startswith("IPY_MODEL_"):
        return "IPY_MODEL_"
    return value


def plain_widgets(widgets: Mapping[str, Any]) -> list[Any]:
    kinds = dict(widgets).get("application/vnd.jupyter.widget-state+json", {"state": {}})
    states = [without_ids(it) for it in kinds["state"].values()]
    for state in states:
        state["state"].pop("msg_id", None)
    return sorted(states, key=repr)


def test_each_notebook_starts_clean_in_a_folder_that_they_share(
    kernelspecs: dict[str, InstalledKernel], open_bench: OpenBench
) -> None:
    bench = open_bench(kernelspecs, files={"given/words.txt": b"as submitted"})
    with bench.start("python3") as kernel:
        assert "as submitted" in repr(run(kernel, "print(open('given/words.txt').read())"))
        run(kernel, "mine = 1\nopen('left.txt', 'w').write('x')")
    with bench.start("PYTHON3") as kernel:
        assert run(kernel, "mine").outputs[0]["ename"] == "NameError"
        listed = run(kernel, "import os\nsorted(os.listdir())").outputs[0]
        assert listed["data"]["text/plain"] == "['given', 'left.txt']"
    assert bench.use().cpu_seconds > 0
    assert bench.use().memory_bytes > MEBIBYTE


def test_a_kernel_finds_nothing_of_our_environment(
    kernelspecs: dict[str, InstalledKernel], open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSEOPS_SECRET", "hunter2")
    with open_bench(kernelspecs).start("python3") as kernel:
        found = run(kernel, "import os\nprint(dict(os.environ))").outputs[0]["text"]
    assert "hunter2" not in found
    assert "'NBGRADER_EXECUTION': 'autograde'" in found


def test_a_cell_past_its_time_is_interrupted_and_the_next_one_runs(
    kernelspecs: dict[str, InstalledKernel], open_bench: OpenBench
) -> None:
    with open_bench(kernelspecs).start("python3") as kernel:
        end = run(kernel, "print('begun')\nwhile True: pass", timeout_seconds=0.5)
        assert end.timed_out
        assert [it.get("ename") for it in end.outputs] == [None, "KeyboardInterrupt"]
        assert not run(kernel, "1").timed_out


def test_bash_is_interrupted_too(
    kernelspecs: dict[str, InstalledKernel], open_bench: OpenBench
) -> None:
    with open_bench(kernelspecs).start("bash") as kernel:
        assert run(kernel, "sleep 60", timeout_seconds=0.5).timed_out
        assert run(kernel, "echo on").outputs[0]["text"] == "on\n"


def test_a_kernel_that_wants_messages_is_interrupted_by_one(open_bench: OpenBench) -> None:
    installed = lying_kernel("obeys messages", interrupt_mode="message")
    with open_bench(installed).start("liar") as kernel:
        end = run(kernel, "anything", timeout_seconds=0.2)
    assert end.timed_out
    assert end.outputs[0]["text"] == "interrupted by a message"


def test_a_kernel_that_ignores_interrupts_is_ended(
    kernelspecs: dict[str, InstalledKernel], open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courseops.adapters.grading.stock.kernel._INTERRUPT_SECONDS", 0.5)
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    with (
        open_bench(kernelspecs).start("python3") as kernel,
        pytest.raises(KernelDiedError, match="could not be interrupted") as died,
    ):
        run(kernel, stubborn, timeout_seconds=0.3)
    assert died.value.kind == "timeout"


def test_the_submissions_whole_time_is_a_limit_of_its_own(
    kernelspecs: dict[str, InstalledKernel], open_bench: OpenBench
) -> None:
    with (
        open_bench(kernelspecs, wall_seconds=4).start("python3") as kernel,
        pytest.raises(KernelDiedError, match="time is used up") as died,
    ):
        run(kernel, "while True: pass", timeout_seconds=None)
    assert died.value.kind == "timeout"


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ("import os; os._exit(7)", "crash", "exit code 7"),
        ("import os; os.kill(os.getpid(), 11)", "crash", "SIGSEGV"),
        ("while True: print('x' * 1000)", "output", "more than 1 MB"),
        ("print('x' * 3_000_000)", "output", "more than 1 MB"),
        (
            "from IPython.display import *\nwhile True: display('x' * 9999)",
            "output",
            "more than 1 MB",
        ),
    ],
)
def test_whatever_a_cell_does_to_its_kernel_has_a_name(
    source: str,
    kind: str,
    words: str,
    kernelspecs: dict[str, InstalledKernel],
    open_bench: OpenBench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("courseops.adapters.grading.stock.kernel._LAST_OUTPUT_SECONDS", 0.5)
    with (
        open_bench(kernelspecs, output_bytes=MEBIBYTE).start("python3") as kernel,
        pytest.raises(KernelDiedError, match=words) as died,
    ):
        run(kernel, source)
    assert died.value.kind == kind


@pytest.mark.parametrize(
    ("lie", "kind", "words"),
    [
        ("dies", "crash", "exit code 3; it said: no such language here"),
        ("silent", "timeout", "did not answer"),
        ("link", "protocol", "something else in the place of its socket"),
        ("junk", "protocol", "does not speak ZMTP 3"),
        ("another protocol", "protocol", "security mechanism"),
        ("no language", "protocol", "language"),
    ],
)
def test_a_kernel_that_does_not_come_up_is_told_apart(
    lie: str, kind: str, words: str, open_bench: OpenBench
) -> None:
    bench = open_bench(lying_kernel(lie), startup_seconds=1 if lie == "silent" else 60)
    with pytest.raises(KernelDiedError, match=words) as died, bench.start("liar"):
        pass
    assert died.value.kind == kind


@pytest.mark.parametrize("lie", ["giant frame", "endless message"])
def test_a_message_without_end_costs_no_memory(lie: str, open_bench: OpenBench) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bench = open_bench(lying_kernel(lie), output_bytes=8 * MEBIBYTE)
    with pytest.raises(KernelDiedError, match="more than 8 MB"), bench.start("liar"):
        pass
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024


@pytest.mark.parametrize(
    ("lie", "kind", "words"),
    [
        ("bare junk", "protocol", "cannot be read"),
        ("wrong signature", "protocol", "Invalid Signature"),
        ("broken JSON", "protocol", "cannot be read"),
        ("deep JSON", "protocol", "cannot be read"),
        ("stream of a number", "protocol", "wrong shape"),
        ("stream of nothing", "protocol", "wrong shape"),
        ("data that is a list", "protocol", "wrong shape"),
        ("flood", "output", "more than 1 MB"),
        ("hangs up", "protocol", "closed its sockets"),
        ("never idle", "timeout", "end of its output"),
    ],
)
def test_what_a_lying_kernel_says_of_a_cell_is_refused(
    lie: str, kind: str, words: str | None, open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courseops.adapters.grading.stock.kernel._LAST_OUTPUT_SECONDS", 0.5)
    with (
        open_bench(lying_kernel(lie), output_bytes=MEBIBYTE).start("liar") as kernel,
        pytest.raises(KernelDiedError, match=words) as died,
    ):
        run(kernel, "anything")
    assert died.value.kind == kind


def test_a_kernel_that_is_not_installed_is_named_with_those_that_are(
    kernelspecs: dict[str, InstalledKernel], open_bench: OpenBench
) -> None:
    with (
        pytest.raises(CourseOpsError, match=r"'ir' is installed here; installed: bash, python3"),
        open_bench(kernelspecs).start("ir"),
    ):
        pass


def test_a_kernel_whose_program_is_gone_is_no_crash(open_bench: OpenBench) -> None:
    gone = InstalledKernel(name="gone", argv=("/nowhere/kernel", "{connection_file}"), folder="/")
    with (
        pytest.raises(CourseOpsError, match="/nowhere/kernel is not here"),
        open_bench({"gone": gone}).start("gone"),
    ):
        pass


def test_nothing_is_left_of_a_bench(
    kernelspecs: dict[str, InstalledKernel], monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = StockKernels(PlainLaunchers(path="/usr/bin:/bin"), installed=kernelspecs)
    with stock.bench({}, Allowance()) as bench, bench.start("python3") as kernel:
        found = run(kernel, "import os, sys\nprint(os.getpid(), os.getcwd())").outputs[0]["text"]
    pid, folder = found.split()
    assert not Path(folder).parent.exists()
    assert not Path("/proc", pid).exists()


def test_a_file_name_that_leads_out_is_refused() -> None:
    stock = StockKernels(PlainLaunchers(), installed={})
    for name in ("../x", "/x", "a/../../x"):
        with (
            pytest.raises(CourseOpsError, match="leads out"),
            stock.bench({name: b""}, Allowance()),
        ):
            pass


def test_the_interpreter_of_this_machine_is_plain_python(
    kernelspecs: dict[str, InstalledKernel],
) -> None:
    assert kernelspecs["python3"].plain_python == sys.executable
    assert kernelspecs["bash"].plain_python == ""
