"""The few powers of root that a service may have without being root, and giving them up for good.

A service account that is to read everybody's home and to place files in it as its learner is
given just those capabilities, as ambient ones: https://man7.org/linux/man-pages/man7/capabilities.7.html.
Two things differ from root then. A program that we start would inherit them, whatever it is; so
they are passed on to those alone that cannot do without. And they outlast a change of user, where
root's go by themselves; so whoever turns into a learner gives them up expressly.

It imports the standard library alone, since programs that run isolated import it.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

# https://github.com/torvalds/linux/blob/master/include/uapi/linux/capability.h, and prctl.h
_SETGID, _SETUID = 6, 7
_VERSION_3 = 0x20080522
_AMBIENT, _RAISE, _CLEAR_ALL = 47, 2, 4

_C = ctypes.CDLL(None, use_errno=True)


def may_become_others() -> bool:
    """Say whether we can turn into anybody: as root, or as a service that may do just that."""
    needed = 1 << _SETGID | 1 << _SETUID
    return os.geteuid() == 0 or _masks().get("CapEff", 0) & needed == needed


def become(uid: int, gid: int) -> None:
    """
    Turn into somebody who is not root, with no way back and without any power.

    Raises:
        PermissionError: they are root, or we may not.
    """
    if uid == 0:
        raise PermissionError("nothing is ever done as root in what is somebody else's")
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    _give_up()


def keep_to_ourselves() -> None:
    """Pass our powers on to no program, but for those that are started within `passed_on`."""
    if _masks().get("CapAmb", 0):
        _prctl(_CLEAR_ALL)


@contextmanager
def passed_on() -> Iterator[None]:
    """Pass our powers on to what this thread starts within the block; root always does."""
    masks = _masks()
    ours = masks.get("CapPrm", 0) & masks.get("CapInh", 0)
    if os.geteuid() == 0 or not ours:
        yield
        return
    try:
        for capability in range(ours.bit_length()):
            if ours >> capability & 1:
                _prctl(_RAISE, capability)
        yield
    finally:
        _prctl(_CLEAR_ALL)


def _give_up() -> None:
    """Drop what outlasts a change of user; where there are no capabilities, nothing does."""
    set_capabilities = getattr(_C, "capset", None)
    if set_capabilities is None:
        return
    header, none = struct.pack("=Ii", _VERSION_3, 0), bytes(24)
    if set_capabilities(header, none) != 0:
        raise _failed()


def _prctl(what: int, capability: int = 0) -> None:
    rest = [ctypes.c_ulong(it) for it in (what, capability, 0, 0)]
    if _C.prctl(ctypes.c_int(_AMBIENT), *rest) != 0:
        raise _failed()


def _failed() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


def _masks() -> dict[str, int]:
    """Give this thread's sets of capabilities by the kernel's names; none where there are none."""
    # As bytes: to load a codec, one must be allowed to read Python's own files.
    try:
        with open("/proc/thread-self/status", "rb") as status:  # noqa: PTH123 -- pathlib would take longer to load than all the rest
            lines = [line.split() for line in status if line.startswith(b"Cap")]
    except OSError:
        return {}
    return {name[:-1].decode(): int(mask, 16) for name, mask in lines}
