"""The fast path: Python notebooks in forks of one warm shell, without sockets of ZeroMQ.

One zygote process for one interpreter has IPython and the course's libraries imported and a
shell ready; each notebook runs in a fork of it, behind walls of its own
(`kernel/sandbox/`). Outputs are those of a stock ipykernel driven by nbclient. What only a
stock kernel can do (comms, widgets, `get_ipython().kernel`) ends in `NeedsStockKernelError`.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from time import monotonic
from types import MappingProxyType
from typing import Any

from courseops.adapters import process
from courseops.adapters.grading.fast.bench import FastBench, KeeperGoneError
from courseops.adapters.grading.fast.wire import Line, WireError, expect
from courseops.adapters.grading.kernel.frames import Message
from courseops.adapters.grading.kernel.sandbox import Walls
from courseops.errors import CourseOpsError
from courseops.model.assignments.allowance import Allowance

Wrap = Callable[[Walls, Sequence[str]], Sequence[str]]

_LAUNCH = Path(__file__).parents[1] / "kernel" / "launch.py"
_READY_SECONDS = 120.0
_BENCH_SECONDS = 30.0
_FRAME_BYTES = 1 << 20
_THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "BLIS", "GOTO")


class FastKernels:
    """Forks of one warm Python; one bench at a time, from one thread."""

    def __init__(
        self,
        python: str,
        *,
        walls: Walls,
        preload: Sequence[str] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
        names: Sequence[str] = ("python3", "python"),
        wrap: Wrap | None = None,
    ) -> None:
        """
        Run notebooks of the kernel specs `names` with the interpreter `python`.

        `walls` says the level, the user to become, and what is to be seen besides the
        interpreter; sizes and times come from each bench's allowance. `wrap` gives the command
        line that starts a zygote behind outer walls: then each bench gets one of its own.
        Nothing is started before the first bench or `prepare`.
        """
        self._python, self._walls, self._preload = python, walls, tuple(preload)
        self._environment, self._names, self._wrap = dict(environment), tuple(names), wrap
        self._zygote: _Zygote | None = None
        self._home = ""

    def prepare(self) -> tuple[str, ...]:
        """
        Start the warm process if there is none; say what could not be preloaded, and why.

        Raises:
            CourseOpsError: it does not come up, with what it said.
        """
        if self._wrap is not None:
            return ()
        return self._ready(self._walls).complaints

    @contextmanager
    def bench(self, files: Mapping[str, bytes], allowance: Allowance) -> Iterator[FastBench]:
        """
        Open a sandbox with these files, by relative path, in its scratch folder.

        Raises:
            CourseOpsError: a path leads out of the folder, or no sandbox could be opened.
        """
        walls = _fit(self._walls, allowance)
        started_at = monotonic()
        with _scratch(walls) as walls:
            try:
                bench = self._laid_out(walls, files, allowance, started_at)
            except KeeperGoneError:
                # Nothing of the learner's has run: it was no fault of theirs.
                self.close()
                bench = self._laid_out(walls, files, allowance, started_at)
            try:
                yield bench
            finally:
                bench.close()
                if self._wrap is not None:
                    self.close()

    def _laid_out(
        self, walls: Walls, files: Mapping[str, bytes], allowance: Allowance, started_at: float
    ) -> FastBench:
        zygote = self._ready(walls)
        bench = FastBench(
            zygote.open_bench(walls),
            allowance=allowance,
            names=self._names,
            language_info=zygote.language_info,
            environment=self._environment_in(walls),
            began_at=started_at,
        )
        try:
            bench.place(files)
        except BaseException:
            bench.close()
            raise
        return bench

    def close(self) -> None:
        """End the warm process."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None
        if self._home:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = ""

    def _ready(self, walls: Walls) -> _Zygote:
        if self._zygote is not None and not self._zygote.is_alive():
            self.close()
        if self._zygote is None:
            self._zygote = self._start(walls)
        return self._zygote

    def _start(self, walls: Walls) -> _Zygote:
        environment = self._environment_in(walls)
        if self._wrap is None:
            # Libraries write caches when they are imported; this home is no learner's.
            self._home = tempfile.mkdtemp(prefix="courseops-")
            environment |= {"HOME": self._home, "TMPDIR": self._home}
        ours, theirs = socket.socketpair()
        with theirs:
            argv: Sequence[str] = [self._python, "-I", str(_LAUNCH), str(theirs.fileno())]
            if self._wrap is not None:
                argv = self._wrap(walls, argv)
            started = process.start(
                argv,
                env=environment,
                stdout=process.DEVNULL,
                stderr=process.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        zygote = _Zygote(started, Line(ours, limit_bytes=_FRAME_BYTES))
        try:
            zygote.warm(self._preload)
        except BaseException:
            zygote.close()
            raise
        return zygote

    def _environment_in(self, walls: Walls) -> dict[str, str]:
        """Give all that learners' code finds in its environment."""
        beside = PurePosixPath(walls.scratch).with_name("tmp")
        temporary = str(beside) if walls.level == "none" else "/tmp"  # noqa: S108
        bare = {
            "PATH": f"{Path(self._python).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": walls.scratch,
            "USER": "learner",
            "LANG": "C.UTF-8",
            "TMPDIR": temporary,
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "NBGRADER_EXECUTION": "autograde",
            **{f"{name}_NUM_THREADS": "1" for name in _THREADS},
        }
        return bare | self._environment


class _Zygote:
    """The warm process, seen from outside."""

    def __init__(self, started: process.Process, line: Line) -> None:
        self._process, self._line = started, line
        self._readable: tuple[str, ...] = ()
        self.language_info: Mapping[str, Any] = {}
        self.complaints: tuple[str, ...] = ()

    def warm(self, preload: Sequence[str]) -> None:
        told: Message | None = None
        with suppress(WireError):
            self._line.send({"preload": list(preload)})
            told = expect(self._line, _READY_SECONDS)
        if told is None:
            raise CourseOpsError(
                f"{self._process.args!r} has ended, or did not get ready in {_READY_SECONDS:.0f} s",
                hint="learners' notebooks need a Python that has ipykernel",
            )
        if not told["ready"]:
            raise CourseOpsError(
                "the Python for learners' notebooks does not get ready",
                problems=[str(told["why"]).strip().splitlines()[-1]],
                hint="it needs ipykernel: pip install ipykernel",
            )
        self._readable = tuple(told["readable"])
        self.language_info = told["language_info"]
        self.complaints = tuple(told["complaints"])

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def open_bench(self, walls: Walls) -> Line:
        """
        Have a keeper forked for a new bench.

        Raises:
            KeeperGoneError: it is gone before it said anything, or so is this process.
            CourseOpsError: it could not build the walls.
        """
        walls = replace(walls, readable=(*walls.readable, *self._readable))
        ours, theirs = socket.socketpair()
        line = Line(ours, limit_bytes=_FRAME_BYTES)
        with theirs:
            told: Message | None = None
            with suppress(WireError):
                self._line.send({"walls": walls.to_json()}, descriptors=[theirs.fileno()])
        with suppress(WireError):
            told = expect(line, _BENCH_SECONDS)
        if told is not None and "ready" in told:
            return line
        gone = told is None and not line.is_open
        line.close()
        raise (KeeperGoneError if gone else CourseOpsError)(
            "learners' code could not be confined, so none was run",
            problems=[str(told["failed"]) if told else "it did not answer"],
            hint="run `courseops doctor`: it says what this machine lacks for a sandbox",
        )

    def close(self) -> None:
        self._line.close()
        with suppress(process.TimeoutExpired):
            self._process.wait(5)
        if self.is_alive():
            self._process.kill()
            self._process.wait()


def _fit(walls: Walls, allowance: Allowance) -> Walls:
    return replace(
        walls,
        scratch_bytes=allowance.scratch_bytes,
        memory_bytes=allowance.memory_bytes,
        cpu_seconds=max(1, int(allowance.cpu_seconds)),
        processes=allowance.processes,
        open_files=allowance.open_files,
        file_bytes=allowance.file_bytes,
    )


@contextmanager
def _scratch(walls: Walls) -> Iterator[Walls]:
    """Without walls the scratch folder is one of this machine's; it is removed afterwards."""
    if walls.level != "none":
        yield walls
        return
    folder = Path(tempfile.mkdtemp(prefix="courseops-")).resolve()
    try:
        for name in ("scratch", "tmp"):
            (folder / name).mkdir()
        yield replace(walls, scratch=str(folder / "scratch"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
