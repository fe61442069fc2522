"""Our side of one worker process: parcels in, replies out, and an end in every case.

Its environment is made from a short list of names, so neither it nor what it starts sees a
token of ours. Nothing here waits: whoever holds members waits for all of them at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from courseops.adapters import process
from courseops.adapters.grading.workers.framing import Unpacker, pack
from courseops.adapters.offspring import kill_tree
from courseops.adapters.surroundings import clean_environment
from courseops.errors import CourseOpsError, RefusedError
from courseops.ports.grading import Parcel, Reply

_END_TIMEOUT_SECONDS = 10.0
_LOG_TAIL_BYTES = 2000
# A parcel and a reply should fit, so that neither side waits for the other to read.
_PIPE_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Terms:
    """
    How workers work.

    Which station they open, how long a start and a parcel may take, what else is in their
    environment, and whether they die with the thread that started them.
    """

    station: str
    parcel_seconds: float
    start_seconds: float = 120.0
    environment: Mapping[str, str] | None = None
    die_with_us: bool = True


class Member:
    """One worker process, from its start on busy with the parcels it is given."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._scratch = Path(tempfile.mkdtemp(prefix="courseops-worker-"))
        self._unpacker = Unpacker()
        self._unsent = bytearray()
        self._ready = False
        self.parcels: deque[Parcel] = deque()
        self.answered = 0
        self._deadline = time.monotonic() + terms.start_seconds
        self._start()

    def _start(self) -> None:
        their_parcels, self.requests = os.pipe()
        self.replies, their_replies = os.pipe()
        for ours in (self.requests, self.replies):
            os.set_blocking(ours, False)
            with suppress(OSError):
                fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        parent = os.getpid() if self._terms.die_with_us else 0
        env = clean_environment(self._scratch) | dict(self._terms.environment or {})
        try:
            with (self._scratch / "log").open("wb") as log:
                self._process = process.start(
                    [
                        sys.executable,
                        "-m",
                        "courseops.adapters.grading.workers.worker",
                        self._terms.station,
                        str(parent),
                    ],
                    env=env,
                    stdin=their_parcels,
                    stdout=their_replies,
                    stderr=log.fileno(),
                )
        finally:
            os.close(their_parcels)
            os.close(their_replies)

    @property
    def pid(self) -> int:
        """Name the process."""
        return self._process.pid

    @property
    def wants_to_send(self) -> bool:
        """Say whether something waits to be sent."""
        return bool(self._unsent)

    @property
    def seconds_left(self) -> float:
        """Say how long it may go on with what it does now."""
        if self._ready and not self.parcels:
            return float("inf")
        return self._deadline - time.monotonic()

    def open(self, bundle: bytes) -> None:
        """Say, before all else, what all parcels share."""
        self._deadline = time.monotonic() + self._terms.start_seconds
        self._unsent += pack({}, bundle)

    def give(self, parcel: Parcel) -> None:
        """Queue a parcel; those given earlier come first."""
        if not self.parcels and self._ready:
            self._deadline = time.monotonic() + self._terms.parcel_seconds
        self.parcels.append(parcel)
        self._unsent += pack({"subject": parcel.subject, "verb": parcel.verb}, parcel.content)

    def send(self) -> None:
        """Send as much as goes without waiting; a worker that is gone is noticed elsewhere."""
        with suppress(BlockingIOError, BrokenPipeError):
            while self._unsent:
                sent = os.write(self.requests, self._unsent[:_PIPE_BYTES])
                del self._unsent[:sent]

    def receive(self) -> list[Reply] | None:
        """
        Give the replies that have come; None when the worker is gone.

        Raises:
            RefusedError: it cannot work with this bundle.
        """
        try:
            piece = os.read(self.replies, _PIPE_BYTES)
        except BlockingIOError:
            return []
        if not piece:
            return None
        return [reply for frame in self._unpacker.feed(piece) for reply in self._understand(*frame)]

    def _understand(self, header: Mapping[str, str], content: bytes) -> list[Reply]:
        self._deadline = time.monotonic() + self._terms.parcel_seconds
        if "refused" in header:
            raise RefusedError(header["refused"], problems=json.loads(content), hint=header["hint"])
        if "ready" in header:
            self._ready = True
            return []
        self.parcels.popleft()
        self.answered += 1
        return [Reply(subject=header["subject"], content=content)]

    def bury(self) -> str:
        """
        Remove a worker that is gone, or must go; give its last words.

        Raises:
            CourseOpsError: it never came to work; no other would.
        """
        kill_tree(self.pid)
        code = self._process.wait()
        words = (self._scratch / "log").read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace")
        self._close()
        last = words.strip().rpartition("\n")[2]
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        if not self._ready:
            raise CourseOpsError(f"a grading worker did not start ({how}): {last or 'no word'}")
        return f"{how}: {last}" if last else how

    def hang_up(self) -> None:
        """Say that there are no more parcels."""
        if self.requests >= 0:
            os.close(self.requests)
        self.requests = -1

    def end(self) -> None:
        """Let it end by itself, its kernels first; kill it if it does not."""
        self.hang_up()
        ending = os.pidfd_open(self.pid)
        try:
            select.select([ending], [], [], _END_TIMEOUT_SECONDS)
        finally:
            os.close(ending)
        self.kill()

    def kill(self) -> None:
        """Kill it and everything it started."""
        if self._process.poll() is None:
            kill_tree(self.pid)
            self._process.wait()
        self._close()

    def _close(self) -> None:
        for descriptor in (self.requests, self.replies):
            if descriptor >= 0:
                os.close(descriptor)
        self.requests = self.replies = -1
        shutil.rmtree(self._scratch, ignore_errors=True)
