"""How much memory the workers use, each with all that it started, while a command runs.

PSS counts a page that several processes share once, in equal parts:
https://www.kernel.org/doc/html/latest/filesystems/proc.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_WORKER = b"courseops.adapters.grading.workers.worker"
_PAUSE_SECONDS = 0.2


@dataclass
class Seen:
    """The most that one worker and its children ever used at once."""

    most_mib: float = 0.0


@contextmanager
def watching() -> Iterator[Seen]:
    """Look at every worker of this machine, again and again."""
    seen, stop = Seen(), threading.Event()
    thread = threading.Thread(target=_watch, args=(seen, stop))
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _watch(seen: Seen, stop: threading.Event) -> None:
    while not stop.wait(_PAUSE_SECONDS):
        parents, workers = _processes()
        for worker in workers:
            tree = _tree(worker, parents)
            seen.most_mib = max(seen.most_mib, sum(map(_pss_kib, tree)) / 1024)


def _processes() -> tuple[dict[int, int], list[int]]:
    parents, workers = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
            if _WORKER in (folder / "cmdline").read_bytes():
                workers.append(int(folder.name))
    return parents, workers


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
