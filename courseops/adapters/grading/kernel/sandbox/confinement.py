"""Become the learner, for good: the last thing before their code."""

from __future__ import annotations

import os
import signal
import socket
import stat

from . import calls, landlock
from .limits import set_limits
from .reach import die_with_parent
from .seccomp import filter_calls
from .walls import Walls, WallsError

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def confine(walls: Walls) -> None:
    """
    Give up every right and privilege that a learner's code should not have, irrevocably.

    Bubblewrap or `enclose` has put up the outer walls before, except at level "none", where
    this only sets limits. The process leads a session of its own and dies with its parent.

    Raises:
        WallsError: a wall could not be put up; the process must end.
    """
    parent = os.getppid()
    try:
        _lead_session()
        if walls.level == "none":
            set_limits(walls)
        else:
            _give_up(walls)
        # The keeper has none; without it an interrupt would end the notebook, not its cell.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        calls.prctl("being its own", calls.SET_DUMPABLE, 1)
        die_with_parent(parent)
    except OSError as error:
        raise WallsError(f"confining: {error}") from error


def _give_up(walls: Walls) -> None:
    _refuse_ways_out()
    if walls.level == "namespaces":
        calls.drop_bounds(0)
    if walls.uid is not None:
        os.setgroups([])
        os.setresgid(walls.uid, walls.uid, walls.uid)
        os.setresuid(walls.uid, walls.uid, walls.uid)
    calls.set_capabilities(0)
    if os.getuid() == 0:
        raise WallsError("learners' code must not be root")
    calls.prctl("no new privileges", calls.SET_NO_NEW_PRIVILEGES, 1)
    own = [walls.scratch, "/tmp", "/dev/shm", "/dev/pts", *_DEVICES]  # noqa: S108 - these are the sandbox's
    landlock.restrict(["/"], [*own, walls.sockets] if walls.sockets else own)
    set_limits(walls)
    filter_calls()


def _lead_session() -> None:
    try:
        os.setsid()
    except PermissionError:
        # It leads one already.
        return


def _refuse_ways_out() -> None:
    """Look once more that the outer walls are there: a network, or a folder of outside."""
    beyond = [name for _, name in socket.if_nameindex() if name != "lo"]
    if beyond:
        raise WallsError(f"there is still a network: {', '.join(beyond)}")
    try:
        held = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
    except FileNotFoundError:
        return
    for descriptor in held:
        try:
            is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        except OSError:
            # The one that was listing.
            continue
        if is_folder:
            raise WallsError(f"the descriptor {descriptor} is an open folder")
