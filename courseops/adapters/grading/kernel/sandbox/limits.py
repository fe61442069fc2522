"""Bounds on what a process may use, which it and its children cannot raise again."""

from __future__ import annotations

import resource

from .walls import Walls, WallsError

# Past the soft limit comes SIGXCPU, which can be caught; past the hard one SIGKILL.
_CPU_GRACE_SECONDS = 2


def set_limits(walls: Walls) -> None:
    """
    Bound memory, processor time, file sizes, processes and descriptors; forbid core files.

    Raises:
        WallsError: the kernel refuses.
    """
    cpu = walls.cpu_seconds
    for which, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_AS, walls.memory_bytes, walls.memory_bytes),
        (resource.RLIMIT_CPU, cpu, cpu + _CPU_GRACE_SECONDS),
        (resource.RLIMIT_FSIZE, walls.file_bytes, walls.file_bytes),
        (resource.RLIMIT_NPROC, walls.processes, walls.processes),
        (resource.RLIMIT_NOFILE, walls.open_files, walls.open_files),
        (resource.RLIMIT_MSGQUEUE, 0, 0),
    ):
        _lower(which, soft, hard)


def _lower(which: int, soft: int, hard: int) -> None:
    _, there = resource.getrlimit(which)
    if there != resource.RLIM_INFINITY:
        hard = min(hard, there)
    try:
        resource.setrlimit(which, (min(soft, hard), hard))
    except (OSError, ValueError) as error:
        raise WallsError(f"limit {which}: {error}") from error
