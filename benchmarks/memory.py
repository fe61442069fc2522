"""How much memory a kind of process uses, each with all that it started, while a command runs.

PSS counts a page that several processes share once, in equal parts:
https://www.kernel.org/doc/html/latest/filesystems/proc.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

WORKER = b"courseops.adapters.grading.workers.worker"
COMMAND = b"bin/courseops"
_PAUSE_SECONDS = 0.2


@dataclass
class Seen:
    """The most that one process and its children ever used at once."""

    most_mib: float = 0.0


@contextmanager
def watching(called: bytes = WORKER) -> Iterator[Seen]:
    """Look at every process whose command line holds `called`, again and again."""
    seen, stop = Seen(), threading.Event()
    thread = threading.Thread(target=_watch, args=(called, seen, stop))
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _watch(called: bytes, seen: Seen, stop: threading.Event) -> None:
    while not stop.wait(_PAUSE_SECONDS):
        parents, found = _processes(called)
        for each in found:
            tree = _tree(each, parents)
            seen.most_mib = max(seen.most_mib, sum(map(_pss_kib, tree)) / 1024)


def _processes(called: bytes) -> tuple[dict[int, int], list[int]]:
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
            if called in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return parents, found


def _tree(root: int, parents: dict[int, int]) -> list[int]:
    found = [root]
    for at in found:
        found.extend(child for child, parent in parents.items() if parent == at)
    return found


def _pss_kib(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
