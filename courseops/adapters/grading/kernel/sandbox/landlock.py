"""Landlock: a second wall around files, signals and abstract sockets that needs no privileges.

What each version of its interface adds: https://docs.kernel.org/userspace-api/landlock.html.
TCP is left to the network namespace, which has nothing but a loopback device of its own: with
Landlock's TCP rules a notebook could not even talk to a server that it started itself.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

from . import calls
from .walls import WallsError

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1, 2, 4, 8
_FIRST_RIGHTS = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_VERSION = 1
_PATH_BENEATH = 1


def landlock_version() -> int:
    """Give the version of Landlock that this kernel offers; 0 for none."""
    return max(0, calls.try_syscall(calls.LANDLOCK_CREATE, None, 0, _VERSION))


def restrict(readable: Sequence[str], writable: Sequence[str]) -> None:
    """
    Let this process and its children read and run `readable`, change `writable`, and no more.

    From version 6 on they can signal nobody but one another, nor reach abstract sockets of
    others. Paths that are not there are left out. A kernel without Landlock changes nothing.

    Raises:
        WallsError: the kernel offers Landlock but refuses.
    """
    version = landlock_version()
    if not version:
        return
    rights = _FIRST_RIGHTS
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEVICE)):
        rights |= right if version >= since else 0
    attr = struct.pack("=Q", rights)
    if version >= 6:  # noqa: PLR2004 - the version that brought scopes
        attr = struct.pack("=QQQ", rights, 0, _ABSTRACT_SOCKETS | _SIGNALS)
    rules = calls.syscall("Landlock", calls.LANDLOCK_CREATE, attr, len(attr), 0)
    try:
        for path in readable:
            _allow(rules, path, _READ & rights)
        for path in writable:
            _allow(rules, path, rights)
        calls.syscall("Landlock", calls.LANDLOCK_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as error:
        raise WallsError(f"Landlock, {path}: {error.strerror}") from error
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - no imports beyond need in a forked process
            rights &= _OF_A_FILE
        rule = struct.pack("=Qi", rights, place)
        calls.syscall(f"Landlock, {path}", calls.LANDLOCK_ADD, rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)
