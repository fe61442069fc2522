"""End a child process together with all that it started.

Each kernel leads a session of its own, so killing the child's process group would leave the
kernels behind, one of them perhaps in an endless loop. /proc says who came from whom:
https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired

from courseops.adapters.process import Process


def kill(child: Process) -> None:
    """Kill a child and its descendants, and reap it."""
    everyone = [child.pid, *_descendants(child.pid)]
    for pid in everyone:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    child.wait()


def wait_or_kill(child: Process, timeout_seconds: float) -> None:
    """Wait for a child to end; kill it and its descendants if it does not."""
    try:
        child.wait(timeout_seconds)
    except TimeoutExpired:
        kill(child)


def _descendants(pid: int) -> list[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The second field is the program's name in parentheses and may contain anything.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found = [pid]
    for at in found:
        found.extend(child for child, parent in parents.items() if parent == at)
    return found[1:]
