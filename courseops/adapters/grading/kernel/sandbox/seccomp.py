"""The filter on system calls, as a program of the kernel's packet filter: seccomp(2).

It refuses with an error and kills nobody, so that a library that only tries goes on. Only
calls made in another architecture's convention end the process: no number means what it says.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterator, Sequence

from . import calls
from .syscalls import ABSENT, ASKED, REFUSED
from .walls import WallsError

# Of linux/bpf_common.h: load a word of the call, compare with a constant, give the verdict.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _VERDICT = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
# struct seccomp_data: the number, the architecture, the arguments.
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Calls of x86_64's other convention, x32, carry this bit.
_X32 = 0x40000000
_FILTER_MODE = 2

_NEW_NAMESPACES = 0x7E020000
_NEW_TIME = 0x80
_TYPE_INTO_TERMINAL, _TERMINAL_OF_LINUX = 0x5412, 0x541C
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16

Step = tuple[int, int, int, int]


def _load(offset: int) -> Step:
    return (_LOAD, 0, 0, offset)


def _argument(position: int) -> Step:
    # The low half: little-endian on both architectures.
    return _load(_ARGUMENTS_AT + 8 * position)


def _fail(code: int) -> Step:
    return (_VERDICT, 0, 0, _ERROR | code)


_PASS: Step = (_VERDICT, 0, 0, _ALLOW)


def _if_called(number: int, steps: Sequence[Step]) -> list[Step]:
    """Run `steps`, which end with a verdict, for the call `number` only."""
    return [(_EQUAL, 0, len(steps), number), *steps]


def program(architecture: str) -> list[Step]:
    """
    Write the filter for an architecture.

    Raises:
        WallsError: we do not know its numbers.
    """
    if architecture not in _AUDIT:
        raise WallsError(f"the sandbox does not know the architecture {architecture}")
    kill: Step = (_VERDICT, 0, 0, _KILL)
    steps = [_load(_ARCHITECTURE_AT), (_EQUAL, 1, 0, _AUDIT[architecture]), kill]
    steps.append(_load(_NUMBER_AT))
    if architecture == "x86_64":
        steps += [(_AT_LEAST, 0, 1, _X32), _fail(errno.ENOSYS)]
    for number in REFUSED[architecture].values():
        steps += _if_called(number, [_fail(errno.EPERM)])
    for number in ABSENT[architecture].values():
        steps += _if_called(number, [_fail(errno.ENOSYS)])
    numbers = ASKED[architecture]
    for name, looks in _closer_looks().items():
        steps += _if_called(numbers[name], looks)
    return [*steps, _PASS]


def _closer_looks() -> dict[str, list[Step]]:
    no = _fail(errno.EPERM)
    no_such_family = _fail(errno.EAFNOSUPPORT)
    return {
        "clone": [_argument(0), (_ANY_BIT, 0, 1, _NEW_NAMESPACES), no, _PASS],
        "unshare": [_argument(0), (_ANY_BIT, 0, 1, _NEW_NAMESPACES | _NEW_TIME), no, _PASS],
        # One's own limits only: another process of the same user may be the keeper.
        "prlimit64": [_argument(0), (_EQUAL, 1, 0, 0), no, _PASS],
        "ioctl": [
            _argument(1),
            (_EQUAL, 1, 0, _TYPE_INTO_TERMINAL),
            (_EQUAL, 0, 1, _TERMINAL_OF_LINUX),
            no,
            _PASS,
        ],
        # Families such as VSOCK know no network namespaces: they would reach the host.
        "socket": [
            _argument(0),
            (_EQUAL, 5, 0, _UNIX),
            (_EQUAL, 4, 0, _INET),
            (_EQUAL, 3, 0, _INET6),
            (_EQUAL, 0, 3, _NETLINK),
            _argument(2),
            (_EQUAL, 0, 1, 0),
            _PASS,
            no_such_family,
        ],
        "socketpair": [_argument(0), (_EQUAL, 0, 1, _UNIX), _PASS, no_such_family],
    }


def _packed(steps: Sequence[Step]) -> Iterator[bytes]:
    for code, if_true, if_false, constant in steps:
        yield struct.pack("=HBBI", code, if_true, if_false, constant)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def filter_calls() -> None:
    """
    Put the filter on this process and all that it starts; needs no_new_privs.

    Raises:
        WallsError: the kernel refuses, or the architecture is unknown.
    """
    steps = program(calls.ARCHITECTURE)
    held = ctypes.create_string_buffer(b"".join(_packed(steps)))
    told = _Program(len(steps), ctypes.cast(held, ctypes.c_void_p).value)
    calls.prctl("the filter on system calls", calls.SET_SECCOMP, _FILTER_MODE, ctypes.byref(told))
