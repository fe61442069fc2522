"""End what a notebook left behind, and weigh what it holds."""

from __future__ import annotations

import os
import signal
import time

from .walls import WallsError

_ROUNDS = 2000
_PAUSE_SECONDS = 0.001


def end_everyone() -> None:
    """
    Kill and reap every process that this one, the keeper, has started, directly or not.

    As pid 1 of a namespace that is everyone in it, at one blow. Elsewhere orphans have come to
    us (`stay_out_of_reach` asked for them), and we kill children until there are none.

    Raises:
        WallsError: some are still there after seconds of trying.
    """
    for _ in range(_ROUNDS):
        _kill_all()
        if not _reap():
            return
        time.sleep(_PAUSE_SECONDS)
    raise WallsError("processes that a notebook left behind do not end")


def _kill_all() -> None:
    for target in [-1] if os.getpid() == 1 else _children("thread-self"):
        try:
            os.kill(target, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _children(task: str) -> list[int]:
    # proc(5): needs CONFIG_PROC_CHILDREN, which distributions set.
    with open(f"/proc/{task}/children", "rb") as listing:  # noqa: PTH123
        return [int(pid) for pid in listing.read().split()]


def _reap() -> bool:
    """Reap whoever has ended; say whether anybody is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def memory_bytes_in_use() -> int:
    """
    Give what all processes below this one, the keeper, hold, shared pages shared out.

    Costs about a millisecond a process. 0 where there is no /proc to ask.
    """
    return sum(_with_those_below(pid) for pid in _try_children("thread-self"))


def _with_those_below(pid: int) -> int:
    below = _try_children(f"{pid}/task/{pid}")
    return _share(pid) + sum(_with_those_below(one) for one in below)


def _try_children(task: str) -> list[int]:
    try:
        return _children(task)
    except OSError:
        return []


def _share(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as listing:  # noqa: PTH123
            for line in listing:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) << 10
    except OSError:
        # It has ended, or is ending.
        return 0
    return 0
