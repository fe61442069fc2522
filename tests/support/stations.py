"""A station for tests of executors: it does what the parcel says, good or bad."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from courseops.errors import CourseOpsError

ECHO = "tests.support.stations:EchoStation"


class EchoStation:
    """
    `echo`: the bundle and the content; `crash`: dies; `crash once`: dies unless the file that
    the content names is there, which it makes; `lose the machine once`: likewise, but kills
    the process that it works for; `hang`: sleeps, and so does a child of its own
    in a session of its own, whose pids go into the file that the content names.
    """

    def __init__(self, bundle: bytes) -> None:
        if bundle == b"refuse":
            raise CourseOpsError("not with this bundle", hint="take another")
        if bundle == b"fail to start":
            sys.stderr.write("it would not start\n")
            os._exit(4)
        self._bundle = bundle
        self._answered = 0

    def answer(self, verb: str, content: bytes) -> bytes:
        self._answered += 1
        if verb == "echo":
            return self._bundle + b":" + content
        if verb == "refuse":
            why = ["one wall: is down", "another: was never built"]
            raise CourseOpsError("not with any parcel", problems=why, hint="build one")
        if verb == "environment":
            return "\n".join(sorted(os.environ)).encode()
        if verb == "count":
            return f"{os.getpid()} {self._answered}".encode()
        if verb == "crash once":
            if Path(content.decode()).exists():
                return b"survived"
            Path(content.decode()).touch()
        if verb == "lose the machine once":
            if Path(content.decode()).exists():
                return b"survived"
            Path(content.decode()).touch()
            os.kill(os.getppid(), signal.SIGKILL)
        if verb == "hang":
            child = subprocess.Popen(["sleep", "600"], start_new_session=True)
            with Path(content.decode()).open("a") as file:
                file.write(f"{os.getpid()}\n{child.pid}\n")
            child.wait()
        sys.stderr.write("the end is near\n")
        sys.stderr.flush()
        os._exit(3)

    def close(self) -> None:
        pass
