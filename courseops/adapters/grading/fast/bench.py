"""One submission's sandbox on the fast path, and the notebooks and programs that run in it."""

from __future__ import annotations

import secrets
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from time import monotonic
from typing import Any

from courseops.adapters.grading.fast.endings import Ending, explain
from courseops.adapters.grading.fast.keeping import Keeping
from courseops.adapters.grading.fast.kernel import REPORT_BYTES, FastKernel
from courseops.adapters.grading.fast.wire import Line, WireError, expect, wait_for
from courseops.adapters.grading.kernel.frames import Message
from courseops.adapters.grading.kernels import KernelDiedError
from courseops.errors import CourseOpsError
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.graded import ResourceUse

_ANSWER_SECONDS = 30.0
_GRACE_SECONDS = 5.0


class KeeperGoneError(CourseOpsError):
    """Somebody killed what keeps a sandbox, before any learner's code had run in it."""


class FastBench:
    """One submission's sandbox; its notebooks run one after the other."""

    def __init__(
        self,
        keeper: Line,
        *,
        allowance: Allowance,
        names: Sequence[str],
        language_info: Mapping[str, Any],
        environment: Mapping[str, str],
        began_at: float,
    ) -> None:
        self._line, self._language_info, self._names = keeper, language_info, names
        self.environment = environment
        self._keeping = Keeping(
            keeper, allowance=allowance, environment=environment, began_at=began_at
        )

    def place(self, files: Mapping[str, bytes]) -> None:
        """
        Write files into the scratch folder.

        Raises:
            CourseOpsError: a path leads out of it, or a file does not fit.
            KeeperGoneError: the sandbox is gone.
        """
        for path in files:
            pure = PurePosixPath(path)
            if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\0" in path:
                raise CourseOpsError(f"a submission cannot hold a file named {path!r}")
        listed = [[path, len(content)] for path, content in files.items()]
        told: Message | None = None
        with suppress(WireError):
            self._line.send({"do": "files", "files": listed})
            for content in files.values():
                self._line.send_bytes(content)
            told = expect(self._line, _ANSWER_SECONDS)
        if told is None:
            raise KeeperGoneError(
                "the submission's files could not be laid out: the keeper is gone"
            )
        if "written" not in told:
            reason = str(told.get("failed")).strip().splitlines()[-1]
            raise CourseOpsError(f"the submission's files could not be laid out: {reason}")

    @contextmanager
    def start(self, kernelspec: str) -> Iterator[FastKernel]:
        """
        Start a clean process for one notebook; at its end everything it started is killed.

        Raises:
            CourseOpsError: the fast path runs no kernel of this name.
            KernelDiedError: the submission has used up its time, or the process did not start.
        """
        if kernelspec not in self._names:
            raise CourseOpsError(
                f"the fast path has no kernel {kernelspec!r}", problems=list(self._names)
            )
        ours, theirs = socket.socketpair()
        reports, reporter = socket.socketpair()
        key = secrets.token_hex(16)
        with theirs, reporter:
            self._keeping.begin({"do": "start", "key": key}, [theirs.fileno(), reporter.fileno()])
        kernel = FastKernel(
            self._keeping,
            self._language_info,
            Line(ours, limit_bytes=0),
            Line(reports, limit_bytes=REPORT_BYTES),
            key=key,
        )
        try:
            yield kernel
        finally:
            kernel.close()

    def launch(
        self, argv: Sequence[str], env: Mapping[str, str], *, cwd: str = "", output: int
    ) -> Launched:
        """
        Start an outside program in the sandbox; what it says goes to the descriptor `output`.

        One program or notebook at a time. `cwd` is a folder of the sandbox, the scratch folder
        without one; the environment is `env` and nothing else.

        Raises:
            KernelDiedError: the submission has used up its time, or no process was started.
        """
        asked = {"do": "launch", "argv": list(argv), "env": dict(env), "cwd": cwd}
        self._keeping.begin(asked, [output])
        return Launched(self._keeping)

    def errand(self, asked: Mapping[str, str], descriptors: Sequence[int]) -> None:
        """
        Have the keeper do something about sockets in the sandbox, see kernel/meeting.py.

        Raises:
            WireError: the keeper is gone.
        """
        self._line.send({"do": "errand", **asked}, descriptors=descriptors)

    def use(self) -> ResourceUse:
        """Say what the submission's notebooks have used so far."""
        return self._keeping.use()

    def close(self) -> None:
        """End everyone in the sandbox, and it."""
        self._line.hang_up()
        until = monotonic() + _GRACE_SECONDS
        with suppress(WireError):
            while self._line.is_open and monotonic() < until:
                wait_for([self._line], until)
        self._line.close()


class Launched:
    """An outside program in a sandbox."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._ending: Ending | None = None

    def interrupt(self) -> None:
        """Send SIGINT to it and to those in its group."""
        self._ask("interrupt")

    def kill(self) -> None:
        """End it and everyone it has started."""
        self._ask("kill")

    def poll(self) -> Ending | None:
        """Say how it ended; None while it runs."""
        return self.wait(0)

    def wait(self, timeout_seconds: float) -> Ending | None:
        """Wait for its end; None if it still runs afterwards."""
        until = monotonic() + timeout_seconds
        while self._ending is None:
            keeper = self._keeping.line
            if not keeper.is_open:
                self._ending = Ending(signal=int(signal.SIGKILL), why="the keeper is gone")
                break
            wait_for([keeper], until)
            told = keeper.next()
            if told is not None and "ended" in told:
                self._ending = self._keeping.take_end(told)
            elif monotonic() >= until:
                break
        return self._ending

    def explain(self) -> KernelDiedError:
        """Put into words how it ended."""
        kind, reason = explain(self._ending or Ending(), "")
        return KernelDiedError(reason, kind=kind)

    def _ask(self, what: str) -> None:
        if self._ending is None:
            self._keeping.ask(what)
