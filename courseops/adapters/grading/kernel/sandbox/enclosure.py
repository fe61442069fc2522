"""Go behind the outer walls: namespaces in which there is nothing but the submission."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
from typing import NoReturn

from . import calls
from .descriptors import close_descriptors
from .reach import die_with_parent, stay_out_of_reach
from .room import build_room
from .walls import LEARNER_ID, Walls, WallsError

_NAMESPACES = (
    calls.NEW_NAMESPACE | calls.NEW_PID | calls.NEW_NETWORK | calls.NEW_IPC | calls.NEW_UTS
)
# Of linux/capability.h: chown, dac_override, fowner, kill, setgid, setuid, setpcap, and
# sys_ptrace, without which the keeper could not see what the learner's processes hold.
_KEPT = sum(1 << one for one in (0, 1, 3, 5, 6, 7, 8, 19))
_SET_INTERFACE_FLAGS = 0x8914
_UP_AND_RUNNING = 0x1 | 0x40


def enclose(walls: Walls) -> None:
    """
    Go behind the outer walls; at level "namespaces", return in a child that is pid 1 there.

    The calling process never returns then: it waits for the child and ends as it ended. It
    must have one thread.

    Raises:
        WallsError: a wall could not be put up; in whichever process noticed it.
    """
    try:
        parent = os.getppid()
        die_with_parent(parent)
        if walls.level == "namespaces":
            _leave_everything(walls, parent)
        stay_out_of_reach()
        if walls.level != "none":
            os.chdir(walls.scratch)
    except OSError as error:
        raise WallsError(f"enclosing: {error}") from error


def _leave_everything(walls: Walls, parent: int) -> None:
    user, group = os.geteuid(), os.getegid()
    if (user == 0) != (walls.uid is not None):
        raise WallsError("as root, and only then, learners' code needs an account to run as")
    if user == 0:
        calls.unshare("namespaces", _NAMESPACES)
    else:
        calls.unshare("namespaces of an ordinary user", _NAMESPACES | calls.NEW_USER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{LEARNER_ID} {user} 1")
        _write("/proc/self/gid_map", f"{LEARNER_ID} {group} 1")
    # Changed credentials may have taken the kernel's promise back: prctl(2).
    die_with_parent(parent)
    child = os.fork()
    if child:
        _end_as(child)
    die_with_parent(0)
    socket.sethostname("sandbox")
    _raise_loopback()
    build_room(walls)
    calls.drop_bounds(_KEPT)
    calls.set_capabilities(_KEPT)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123
        file.write(text)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", _UP_AND_RUNNING)
        fcntl.ioctl(any_socket, _SET_INTERFACE_FLAGS, request)


def _end_as(child: int) -> NoReturn:
    """Wait for the keeper and end in the same way, holding nothing open meanwhile."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    close_descriptors(())
    try:
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            os.kill(os.getpid(), -code)
        os._exit(code)
    finally:
        os._exit(255)
