"""Start stock kernels in the sandbox of a bench of the fast path, beside its notebooks."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from courseops.adapters.grading.fast.bench import FastBench
from courseops.adapters.grading.fast.bench import Launched as Started
from courseops.adapters.grading.fast.wire import WireError
from courseops.adapters.grading.kernels import KernelDiedError
from courseops.adapters.grading.stock.launching import Ended, Launched, read_last_words
from courseops.adapters.grading.stock.meeting import MeetingPlace
from courseops.adapters.grading.stock.zmtp import BrokenPeerError
from courseops.model.assignments.graded import ResourceUse

_KILL_SECONDS = 5.0
_ERRAND_SECONDS = 10.0
_REPLY_BYTES = 1000
# What a kernel writes for itself shall not lie among the learner's files.
_OWN_FOLDERS = ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR")


class SandboxLauncher:
    """Programs in the sandbox of one bench."""

    def __init__(self, bench: FastBench) -> None:
        self._bench = bench

    def meeting_place(self) -> MeetingPlace:
        """Have a folder made behind the walls when the first file is written to it."""
        return _InnerPlace(self._bench)

    def launch(self, argv: Sequence[str], env: Mapping[str, str]) -> Launched:
        """
        Start a program in the scratch folder.

        Raises:
            KernelDiedError: the submission's time is used up, or nothing could be started.
        """
        base = self._bench.environment
        own = {name: f"{base['TMPDIR']}/.{name.lower()}" for name in _OWN_FOLDERS}
        # A file, for a pipe that nobody reads would stop a kernel that complains much; its size
        # is limited as that of every file the program writes.
        complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives on
        try:
            started = self._bench.launch(argv, {**base, **own, **env}, output=complaints.fileno())
        except BaseException:
            complaints.close()
            raise
        return _InnerProgram(started, complaints)

    def use(self) -> ResourceUse:
        """Say what the bench's notebooks and programs have used."""
        return self._bench.use()


class _InnerProgram:
    def __init__(self, started: Started, complaints: IO[bytes]) -> None:
        self._started, self._complaints = started, complaints
        self._words = ""

    def poll(self) -> Ended | None:
        if self._started.poll() is None:
            return None
        died = self._started.explain()
        return Ended(kind=died.kind, how=str(died))

    def interrupt(self) -> None:
        self._started.interrupt()

    def kill(self) -> None:
        self._started.kill()
        self._started.wait(_KILL_SECONDS)
        self._words = self.last_words()
        self._complaints.close()

    def last_words(self) -> str:
        if self._complaints.closed:
            return self._words
        return read_last_words(self._complaints.fileno())


class _InnerPlace:
    """A folder in the sandbox's own /tmp."""

    def __init__(self, bench: FastBench) -> None:
        self._bench, self._name = bench, secrets.token_hex(8)

    @property
    def inside(self) -> str:
        return f"/tmp/.k-{self._name}"  # noqa: S108 - as the keeper makes it

    def write(self, name: str, content: bytes) -> None:
        said, _ = self._run({"what": "make", "name": name, "content": content.decode()})
        if said != self.inside:
            raise KernelDiedError(f"no folder for its sockets could be made: {said}", kind="crash")

    def connect(self, name: str) -> socket.socket | None:
        said, descriptors = self._run({"what": "connect", "name": name})
        if descriptors:
            return socket.socket(fileno=descriptors[0])
        if said != "-":
            raise BrokenPeerError(said.removeprefix("!"))
        return None

    def remove(self) -> None:
        with suppress(KernelDiedError):
            self._run({"what": "remove"})

    def _run(self, errand: Mapping[str, str]) -> tuple[str, list[int]]:
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(_ERRAND_SECONDS)
            try:
                with theirs:
                    self._bench.errand({"place": self._name, **errand}, [theirs.fileno()])
                said, descriptors, _, _ = socket.recv_fds(ours, _REPLY_BYTES, 1)
            except (OSError, WireError) as error:
                raise KernelDiedError("the sandbox's keeper is gone", kind="crash") from error
        if not said:
            raise KernelDiedError("the sandbox's keeper is gone", kind="crash")
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        return said.decode(errors="replace"), descriptors
