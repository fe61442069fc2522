"""Installed kernels: how each is started, and which the fast path can take."""

import json
import sys
from pathlib import Path

import pytest

from courseops.adapters.grading.kernelspecs import (
    InstalledKernel,
    installed_kernels,
    pick_kernel,
)
from courseops.errors import CourseOpsError

PYTHON = "/opt/course/bin/python"


@pytest.mark.parametrize(
    ("argv", "interpreter"),
    [
        ([PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"], PYTHON),
        (["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"], sys.executable),
        (
            [PYTHON, "-Xfrozen_modules=off", "-m", "ipykernel", "-f", "{connection_file}"],
            PYTHON,
        ),
        ([PYTHON, "-m", "bash_kernel", "-f", "{connection_file}"], ""),
        ([PYTHON, "-O", "-m", "ipykernel_launcher", "-f", "{connection_file}"], ""),
        ([PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--pylab"], ""),
        (["R", "--slave", "-e", "IRkernel::main()", "--args", "{connection_file}"], ""),
        ([], ""),
    ],
)
def test_only_a_bare_ipykernel_is_plain_python(argv: list[str], interpreter: str) -> None:
    kernel = InstalledKernel(name="k", argv=tuple(argv), folder="/k")
    assert kernel.plain_python == interpreter


def test_an_environment_of_its_own_makes_a_kernel_something_else() -> None:
    argv = (PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}")
    assert InstalledKernel(name="k", argv=argv, folder="/k", env={"A": "1"}).plain_python == ""


def test_the_command_line_is_filled_in_as_jupyter_does_it() -> None:
    kernel = InstalledKernel(
        name="ir",
        argv=("/usr/bin/R", "{connection_file}", "{resource_dir}/start.R", "{prefix}", "{other}"),
        folder="/kernels/ir",
        env={"R_LIBS": "${HOME}/libs", "LANG": "de"},
    )
    filled = ("/usr/bin/R", "/s/c.json", "/kernels/ir/start.R", sys.prefix, "{other}")
    assert kernel.command("/s/c.json") == filled
    set_ = kernel.environment({"HOME": "/home/learner", "LANG": "C"})
    assert set_ == {"HOME": "/home/learner", "LANG": "de", "R_LIBS": "/home/learner/libs"}


def test_a_python_kernel_writes_no_history() -> None:
    kernel = InstalledKernel(name="python3", argv=("python", "-m", "ipykernel"), folder="/k")
    assert kernel.command("c")[-1] == "--HistoryManager.hist_file=:memory:"


def test_a_kernel_is_found_in_the_folder_that_comes_first(tmp_path: Path) -> None:
    (tmp_path / "Own").mkdir()
    spec = {"argv": ["own"], "language": "own", "interrupt_mode": "message", "surprise": 1}
    (tmp_path / "Own" / "kernel.json").write_text(json.dumps(spec))
    found = installed_kernels([tmp_path])
    assert found["own"].interrupt_mode == "message"
    assert pick_kernel("OWN", found).argv == ("own",)
    assert "python3" in found


def test_a_kernel_that_starts_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    metadata = {"kernel_provisioner": {"provisioner_name": "local-provisioner"}}
    spec = {"argv": ["far"], "metadata": metadata}
    (tmp_path / "far" / "kernel.json").write_text(json.dumps(spec))
    assert installed_kernels([tmp_path])["far"].provisioner == ""
    far = InstalledKernel(name="far", argv=("far",), folder="/k", provisioner="gateway")
    with pytest.raises(CourseOpsError, match="started by 'gateway'"):
        pick_kernel("far", {"far": far})


def test_python_is_another_name_of_python3() -> None:
    kernel = InstalledKernel(name="python3", argv=("python3",), folder="/nowhere")
    assert pick_kernel("python", {"python3": kernel}) is kernel
