"""A learner who swaps files, folders and links of their home as fast as the machine can.

Run as a program, with the learner's id and pairs of paths: each pair changes places in one
step, over and over, so that whoever looks first and writes then writes somewhere else. It
says "ready", goes on until its input ends, and says then how many swaps it made.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_EXCHANGE = 2
# A folder that is open, and a name in it.
_Spot = tuple[int, bytes]


def _spot(path: str) -> _Spot:
    folder, _, name = os.fsencode(path).rpartition(b"/")
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY), name


def _swap(spots: list[_Spot]) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    swaps = 0
    while not ended.is_set():
        for one, other in zip(spots[::2], spots[1::2], strict=True):
            swaps += libc.renameat2(*one, *other, _EXCHANGE) == 0
    return swaps


@contextmanager
def swapping(uid: int, *pairs: tuple[Path, Path]) -> Iterator[list[int]]:
    """Let somebody swap each pair meanwhile; the list holds afterwards how often it succeeded."""
    words = [str(path) for pair in pairs for path in pair]
    args = [sys.executable, "-I", "-S", __file__, str(uid), *words]
    swaps: list[int] = []
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as attacker:
        assert attacker.stdout
        assert attacker.stdin
        assert attacker.stdout.readline() == b"ready\n"
        try:
            yield swaps
        finally:
            attacker.stdin.close()
            swaps.append(int(attacker.stdout.read()))


if __name__ == "__main__":
    learner, *paths = sys.argv[1:]
    # Before it changes its user: the way to a test's folder is not open to everybody.
    opened = [_spot(path) for path in paths]
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(int(learner), int(learner), int(learner))
        os.setresuid(int(learner), int(learner), int(learner))
    print(_swap(opened))  # noqa: T201 -- its answer
