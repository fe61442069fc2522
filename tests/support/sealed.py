"""Start a program under the list of system calls that a unit of systemd allows, by libseccomp.

Run as a program: sealed.py UNIT PROGRAM [ARG]...; who runs it must have given up new privileges.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import subprocess
import sys
from pathlib import Path

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


def allowed_calls(unit: str) -> set[str]:
    """Name the calls that the unit allows, each of its groups spelled out by systemd itself."""
    words = " ".join(re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)).split()
    assert not any(word.startswith("~") for word in words), "it lists what is allowed"
    groups: dict[str, list[str]] = {}
    shown = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for line in shown.splitlines():
        if line.startswith("@"):
            members = groups.setdefault(line.strip(), [])
        elif line.startswith("    ") and not line.strip().startswith("#"):
            members.append(line.strip())
    found, left = set[str](), [*words, "@default"]
    while left:
        word = left.pop()
        if word.startswith("@"):
            left += groups[word]
        else:
            found.add(word)
    return found


def seal(calls: set[str]) -> None:
    """Refuse every other call of this process from now on, and of all that it starts."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_ERRNO | errno.EPERM))
    for name in calls:
        number = library.seccomp_syscall_resolve_name(name.encode())
        # Some are other processors'; those are below zero.
        if number >= 0:
            assert library.seccomp_rule_add(context, _ALLOW, number, 0) == 0, name
    assert library.seccomp_load(context) == 0


if __name__ == "__main__":
    seal(allowed_calls(Path(sys.argv[1]).read_text()))
    os.execvp(sys.argv[2], sys.argv[2:])
