"""The same outer walls by bubblewrap, where we may not make namespaces but bwrap may.

That is so where it is set up for it: by a profile of AppArmor on Ubuntu 23.10 and newer, or
setuid. It needs version 0.8 or newer, for `--size`: https://github.com/containers/bubblewrap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from courseops.adapters.grading.kernel.sandbox.walls import EXCHANGE, LEARNER_ID, SYSTEM, Walls

_ETC = Path(__file__).with_name("etc")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_DEVICE_LINKS = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}


def command(walls: Walls, program: Sequence[str], *, bwrap: str = "bwrap") -> list[str]:
    """
    Spell the command that runs `program` behind `walls`, as pid 2 or so of its own namespace.

    The program then enters walls of the level "inside". It is given our environment, so pass a
    clean one. `scratch_bytes` bounds the scratch folder, /tmp and /dev/shm each.
    """
    shown = [one for path in (*SYSTEM, *walls.readable) for one in _show(path)]
    hidden = [one for path in (EXCHANGE, *walls.hidden) for one in _hide(path, walls.readable)]
    writable: list[str] = []
    for path in (walls.scratch, "/tmp", "/dev/shm"):  # noqa: S108 - these are the sandbox's
        writable += ["--size", str(walls.scratch_bytes), "--tmpfs", path]
    if walls.sockets:
        writable += ["--bind", walls.sockets, walls.sockets]
    return [
        bwrap,
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--uid", str(LEARNER_ID), "--gid", str(LEARNER_ID), "--hostname", "sandbox"),
        *("--cap-drop", "ALL", "--die-with-parent", "--new-session"),
        *_devices(),
        *writable,
        *shown,
        *hidden,
        *_etc(),
        *("--remount-ro", "/", "--chdir", walls.scratch, "--"),
        *program,
    ]


def _show(path: str) -> Iterator[str]:
    place = Path(path)
    if not place.exists():
        return
    real = place.resolve()
    if place.is_symlink() and real.is_relative_to("/usr"):
        yield from ("--symlink", str(real), path)
    else:
        yield from ("--ro-bind", str(real), path)


def _hide(path: str, readable: Sequence[str]) -> Iterator[str]:
    place = Path(path)
    below = [one for one in (*SYSTEM, *readable) if place.is_relative_to(one)]
    if below and place.is_dir():
        yield from ("--tmpfs", path, "--remount-ro", path)


def _etc() -> Iterator[str]:
    for file in sorted(_ETC.iterdir()):
        yield from ("--ro-bind", str(file), f"/etc/{file.name}")


def _devices() -> Iterator[str]:
    for name in _DEVICES:
        yield from ("--dev-bind", f"/dev/{name}", f"/dev/{name}")
    for name, below in _DEVICE_LINKS.items():
        yield from ("--symlink", f"/proc/self/fd{below}", f"/dev/{name}")
    yield from ("--proc", "/proc")
