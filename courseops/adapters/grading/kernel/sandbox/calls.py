"""Linux system calls that Python's `os` has no name for; each failure names its wall.

Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h; those
from 424 on are the same on every architecture.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

from .walls import WallsError

NEW_NAMESPACE = 0x00020000
NEW_UTS = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PID = 0x20000000
NEW_NETWORK = 0x40000000

READ_ONLY, NO_SUID, NO_DEV = 1, 2, 4
BIND, RECURSIVE, PRIVATE = 1 << 12, 1 << 14, 1 << 18
DETACH = 2

SET_DEATH_SIGNAL, SET_DUMPABLE, SET_SECCOMP, DROP_BOUND = 1, 4, 22, 24
SET_SUBREAPER, SET_NO_NEW_PRIVILEGES, AMBIENT = 36, 38, 47

MOUNT_SETATTR = 442
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446

ARCHITECTURE = platform.machine()
_READ_BOUND = 23
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_CAPABILITY_VERSION_3 = 0x20080522
_NUMBERS = {
    "x86_64": {"capset": 126, "pivot_root": 155},
    "aarch64": {"capset": 91, "pivot_root": 41},
}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def number(name: str) -> int:
    """
    Give the number of `capset` or `pivot_root` on this machine.

    Raises:
        WallsError: the architecture is not one of those we know.
    """
    try:
        return _NUMBERS[ARCHITECTURE][name]
    except KeyError:
        raise WallsError(f"the sandbox does not know the architecture {ARCHITECTURE}") from None


def failed(wall: str) -> WallsError:
    """Say which wall the last call could not put up, and why."""
    code = ctypes.get_errno()
    return WallsError(f"{wall}: {os.strerror(code)}")


def syscall(wall: str, call: int, *arguments: object) -> int:
    """
    Make a system call by its number; whole numbers are passed as longs.

    Raises:
        WallsError: it failed.
    """
    passed = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    answer = int(_libc.syscall(ctypes.c_long(call), *passed))
    if answer < 0:
        raise failed(wall)
    return answer


def try_syscall(call: int, *arguments: object) -> int:
    """Make a system call whose failure is an answer; a negative one."""
    try:
        return syscall("", call, *arguments)
    except WallsError:
        return -1


def prctl(wall: str, option: int, *arguments: object) -> None:
    """
    Change something about this process.

    Raises:
        WallsError: the kernel refuses.
    """
    passed = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments]
    passed += [ctypes.c_ulong(0)] * (4 - len(passed))
    if _libc.prctl(ctypes.c_int(option), *passed) != 0:
        raise failed(wall)


def unshare(wall: str, flags: int) -> None:
    """
    Leave the namespaces that `flags` name for new ones.

    Raises:
        WallsError: the kernel refuses.
    """
    if _libc.unshare(ctypes.c_int(flags)) != 0:
        raise failed(wall)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """
    Mount; "" stands for no source, no kind.

    Raises:
        WallsError: the kernel refuses.
    """
    spelled = [os.fsencode(one) or None for one in (source, target, kind)]
    if _libc.mount(*spelled, ctypes.c_ulong(flags), os.fsencode(options) or None) != 0:
        raise failed(f"mounting {target}")


def detach(target: str) -> None:
    """
    Take a mount away, with everything below it.

    Raises:
        WallsError: the kernel refuses.
    """
    if _libc.umount2(os.fsencode(target), ctypes.c_int(DETACH)) != 0:
        raise failed(f"detaching {target}")


def lock_mount(target: str, attributes: int, *, below: bool = True) -> None:
    """
    Add attributes such as `READ_ONLY` to a mount, and to those below it.

    Raises:
        WallsError: the kernel refuses, or is older than 5.12.
    """
    attr = struct.pack("=QQQQ", attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if below else 0
    wall = f"protecting {target}"
    syscall(wall, MOUNT_SETATTR, _AT_FDCWD, os.fsencode(target), flags, attr, len(attr))


def set_capabilities(kept: int) -> None:
    """
    Keep the capabilities in the mask `kept` and no others, and pass none on.

    Raises:
        WallsError: the kernel refuses.
    """
    low, high = kept & 0xFFFFFFFF, kept >> 32
    header = struct.pack("=II", _CAPABILITY_VERSION_3, 0)
    body = struct.pack("=6I", low, low, 0, high, high, 0)
    syscall("dropping capabilities", number("capset"), header, body)


def drop_bounds(kept: int) -> None:
    """
    Take every capability that is not in `kept` out of what a program could ever gain.

    Raises:
        WallsError: the kernel refuses.
    """
    for capability in range(64):
        # Numbers that the kernel does not know give an error: there the list ends.
        if _libc.prctl(_READ_BOUND, capability, 0, 0, 0) < 0:
            return
        if not kept >> capability & 1:
            prctl("dropping capabilities", DROP_BOUND, capability)
