"""Put together what a worker runs notebooks on: the strongest sandbox that holds here, or nothing.

Each worker tries its own machine, because workers may run on several.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from courseops.adapters.grading.choosing import ChosenKernels
from courseops.adapters.grading.fast.bench import FastBench
from courseops.adapters.grading.fast.kernels import FastKernels
from courseops.adapters.grading.kernel.sandbox import Walls
from courseops.adapters.grading.kernels import Bench
from courseops.adapters.grading.kernelspecs import InstalledKernel, installed_kernels
from courseops.adapters.grading.stock.kernels import StockKernels
from courseops.adapters.grading.stock.launching import Launcher, PlainLaunchers
from courseops.adapters.grading.stock.sandboxed import SandboxLauncher
from courseops.adapters.grading.walls import bubblewrap
from courseops.adapters.grading.walls.probe import choose, learner_uid, readable_for
from courseops.errors import RefusedError
from courseops.model.assignments.sandbox import Confinement, Level

_KERNEL = Path(__file__).with_name("kernel")
_PYTHON_KERNEL = "python3"


def open_kernels(*, preload: Sequence[str], trusted: bool = False) -> ChosenKernels:
    """
    Open the kernels of this machine, in the strongest sandbox that holds here.

    With `trusted`, notebooks run without walls; nothing but the course's own words asks for it.

    Raises:
        RefusedError: no sandbox holds, and learners are not trusted.
    """
    installed = installed_kernels()
    python = fast_python(installed)
    confinement = Confinement(level=Level.NONE) if trusted else choose(python)
    if not confinement.holds and not trusted:
        raise RefusedError(
            "learners' code cannot be kept apart on this machine, so nothing is graded",
            problems=[it.in_short for it in confinement.faults],
            hint=next((it.to_do for it in confinement.faults if it.to_do), "")
            or "courseops doctor says what is missing",
        )
    walls = Walls(
        level=_LEVELS[confinement.level],
        readable=tuple(_readable(python, installed.values())),
        uid=None if trusted else learner_uid(os.getpid()),
    )
    fast = FastKernels(
        python,
        walls=walls,
        preload=preload,
        names=[it.name for it in installed.values() if it.plain_python == python],
        wrap=_in_bubblewrap if confinement.level is Level.BUBBLEWRAP else None,
    )
    stock = StockKernels(PlainLaunchers(), installed=installed)
    return ChosenKernels(fast, stock, python=python, launcher_of=_launcher_of)


_LEVELS: Mapping[Level, Any] = {
    Level.NAMESPACES: "namespaces",
    Level.BUBBLEWRAP: "inside",
    Level.NONE: "none",
}


def fast_python(installed: Mapping[str, InstalledKernel]) -> str:
    """Give the interpreter whose notebooks take the fast path: the one that `python3` names."""
    named = installed.get(_PYTHON_KERNEL)
    return (named and named.plain_python) or sys.executable


def _readable(python: str, installed: Iterable[InstalledKernel]) -> Iterable[str]:
    found = [*readable_for(python), str(_KERNEL)]
    for kernel in installed:
        found.extend(kernel.readable)
    return dict.fromkeys(found)


def _in_bubblewrap(walls: Walls, program: Sequence[str]) -> Sequence[str]:
    return bubblewrap.command(walls, program)


def _launcher_of(bench: Bench) -> Launcher:
    if not isinstance(bench, FastBench):
        raise TypeError(f"{bench!r} is no bench of the fast path")
    return SandboxLauncher(bench)
