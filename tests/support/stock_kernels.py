"""Stock kernels for tests: real ones, one that lies, and what nbclient itself makes of them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from courseops.adapters.grading.kernels import Output
from courseops.adapters.grading.kernelspecs import InstalledKernel, installed_kernels

LIAR = Path(__file__).with_name("lying_kernel.py")

_NBCLIENT = """
import json, sys
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
asked = json.load(sys.stdin)
notebook = new_notebook(cells=[new_code_cell(it) for it in asked["cells"]])
NotebookClient(
    notebook, kernel_name=asked["kernel"], allow_errors=True, timeout=60,
    shutdown_kernel="immediate").execute()
print("\\n" + json.dumps(notebook))
"""


@pytest.fixture(scope="session")
def kernelspecs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, InstalledKernel]:
    """The kernels that are installed, and bash_kernel."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(
        [sys.executable, "-m", "bash_kernel.install", "--prefix", str(prefix)],
        check=True,
        capture_output=True,
    )
    return installed_kernels([prefix / "share" / "jupyter" / "kernels"])


def lying_kernel(lie: str, *, interrupt_mode: str = "signal") -> dict[str, InstalledKernel]:
    """A kernel spec for the program in lying_kernel.py."""
    kernel = InstalledKernel(
        name="liar",
        argv=(sys.executable, str(LIAR), "{connection_file}", lie),
        folder=str(LIAR.parent),
        interrupt_mode=interrupt_mode,
    )
    return {"liar": kernel}


def as_nbclient_runs(kernel: InstalledKernel, cells: Sequence[str], folder: Path) -> dict[str, Any]:
    """Run a notebook with nbclient itself, in a process of its own; give the notebook."""
    asked = {"kernel": kernel.name, "cells": list(cells)}
    env = {**os.environ, "JUPYTER_PATH": str(Path(kernel.folder).parents[1])}
    # In sight of this, ipykernel does not capture what is written to descriptors.
    env.pop("PYTEST_CURRENT_TEST", None)
    ran = subprocess.run(
        [sys.executable, "-c", _NBCLIENT],
        input=json.dumps(asked),
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    notebook: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return notebook


def joined(outputs: Sequence[Output]) -> list[Output]:
    """Put the pieces of a stream together: where a kernel cuts it is a matter of time."""
    whole: list[Output] = []
    for output in outputs:
        last = whole[-1] if whole else {}
        if output["output_type"] == last.get("output_type") == "stream" and (
            output["name"] == last["name"]
        ):
            whole[-1] = {**last, "text": last["text"] + output["text"]}
        else:
            whole.append(output)
    return whole
