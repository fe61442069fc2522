"""Who came from whom among this machine's processes.

A kernel leads a session of its own, so killing a process group leaves it behind, perhaps in an
endless loop. /proc knows: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """List everything that `pid` has started, directly or not, and that still has its parents."""
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


def kill_tree(pid: int) -> None:
    """Kill a process and everything it started; whoever started it reaps it."""
    for each in [pid, *descendants(pid)]:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
