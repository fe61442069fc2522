"""The file system that a submission sees: made of mounts, in a mount namespace of our own."""

from __future__ import annotations

import os
from collections.abc import Sequence

from . import calls
from .walls import EXCHANGE, SYSTEM, Walls, WallsError

# Mounted over while the room is built, in our own mount namespace; there on every system.
_SITE = "/tmp"  # noqa: S108
_OLD, _NEW, _STORE = "/old", "/new", "/store"
_DEVICES = ("null", "zero", "full", "random", "urandom")
_DEVICE_LINKS = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}
_ETC = {
    "passwd": "learner:x:{id}:{id}:learner:{scratch}:/bin/sh\n",
    "group": "learner:x:{id}:\n",
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\n",
}
_TERMINALS = 16
_SMALLEST_INODES, _BYTES_AN_INODE = 1024, 4096


def build_room(walls: Walls) -> None:
    """
    Replace everything this process sees by what `walls` allow; the old root is out of reach.

    To be called in new mount and pid namespaces, with all capabilities over them.

    Raises:
        WallsError: something could not be mounted.
        OSError: something could not be made.
    """
    os.umask(0o022)
    places = _places(walls)
    sockets = os.path.realpath(walls.sockets) if walls.sockets else ""
    calls.mount("", "/", "", calls.RECURSIVE | calls.PRIVATE)
    calls.mount("sandbox", _SITE, "tmpfs", calls.NO_SUID | calls.NO_DEV, "mode=755,size=16m")
    for name in (_OLD, _NEW, _STORE, "/hidden"):
        os.mkdir(_SITE + name)  # noqa: PTH102
    pivot = calls.number("pivot_root")
    calls.syscall("pivot_root", pivot, os.fsencode(_SITE), os.fsencode(_SITE + _OLD))
    os.chdir("/")
    calls.mount(_NEW, _NEW, "", calls.BIND)
    _furnish(walls)
    _make_writable(walls, sockets)
    # After /tmp: an interpreter may lie below it.
    _show(places)
    _show_terminals()
    _show_processes()
    calls.lock_mount(_NEW, calls.READ_ONLY | calls.NO_SUID, below=False)
    calls.detach(_OLD)
    os.chdir(_NEW)
    calls.syscall("pivot_root", pivot, b".", b".")
    calls.detach(".")
    os.chdir("/")


def _places(walls: Walls) -> list[tuple[str, str, bool]]:
    """Give each path to show or hide, its real one, and whether it is shown; outer ones first."""
    shown = dict.fromkeys((*SYSTEM, *walls.readable), True)
    shown |= dict.fromkeys((EXCHANGE, *walls.hidden), False)
    found = [
        (os.path.normpath(path), os.path.realpath(path), is_shown)
        for path, is_shown in shown.items()
        if os.path.exists(path)  # noqa: PTH110
    ]
    # Of two words about the same place the one that hides comes last, and holds.
    found.sort(key=lambda place: (place[1].count("/"), not place[2]))
    if any(real == "/" for _, real, _ in found):
        raise WallsError("the whole file system cannot be readable")
    return found


def _show(places: Sequence[tuple[str, str, bool]]) -> None:
    done: dict[str, bool] = {}
    for path, real, is_shown in places:
        around = [one for one in done if real == one or real.startswith(one + "/")]
        covered = done[max(around, key=len)] if around else False
        if covered != is_shown:
            source = _OLD + real if is_shown else f"/hidden/{len(done)}"
            _bind(source, _NEW + real)
            done[real] = is_shown
        if is_shown and path != real and not os.path.lexists(_NEW + path):
            os.makedirs(os.path.dirname(_NEW + path), exist_ok=True)  # noqa: PTH103, PTH120
            os.symlink(real, _NEW + path)  # noqa: PTH211


def _bind(source: str, target: str) -> None:
    """Show `source` as `target`; a source that is not there is made, empty."""
    model = source if os.path.lexists(source) else target
    is_folder = os.path.isdir(model)  # noqa: PTH112
    for place in (source, target):
        if not os.path.lexists(place):
            _make(place, is_folder=is_folder)
    calls.mount(source, target, "", calls.BIND | calls.RECURSIVE)
    calls.lock_mount(target, calls.READ_ONLY | calls.NO_SUID)


def _make(path: str, *, is_folder: bool) -> None:
    if is_folder:
        os.makedirs(path, exist_ok=True)  # noqa: PTH103
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
    _write(path, "")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)


def _furnish(walls: Walls) -> None:
    """Make the devices, the files in /etc that are ours, and where the writable mounts go."""
    for folder in ("/dev/pts", "/dev/shm", "/etc", "/proc", "/tmp", walls.scratch):  # noqa: S108
        os.makedirs(_NEW + folder, exist_ok=True)  # noqa: PTH103
    for name in _DEVICES:
        _bind(f"{_OLD}/dev/{name}", f"{_NEW}/dev/{name}")
    for name, below in _DEVICE_LINKS.items():
        os.symlink(f"/proc/self/fd{below}", f"{_NEW}/dev/{name}")  # noqa: PTH211
    os.symlink("pts/ptmx", f"{_NEW}/dev/ptmx")  # noqa: PTH211
    for name, text in _ETC.items():
        _write(f"{_NEW}/etc/{name}", text.format(id=walls.learner_id, scratch=walls.scratch))


def _make_writable(walls: Walls, sockets: str) -> None:
    """Mount one bounded file system, and show folders of it as scratch, /tmp and /dev/shm."""
    inodes = max(_SMALLEST_INODES, walls.scratch_bytes // _BYTES_AN_INODE)
    bounds = f"size={walls.scratch_bytes},nr_inodes={inodes},mode=755"
    calls.mount("sandbox", _STORE, "tmpfs", calls.NO_SUID | calls.NO_DEV, bounds)
    for name, target in (("home", walls.scratch), ("tmp", "/tmp"), ("shm", "/dev/shm")):  # noqa: S108
        folder = f"{_STORE}/{name}"
        os.mkdir(folder)  # noqa: PTH102
        os.chmod(folder, 0o700 if name == "home" else 0o1777)  # noqa: PTH101
        os.chown(folder, walls.learner_id, walls.learner_id)
        calls.mount(folder, _NEW + target, "", calls.BIND)
    if sockets:
        os.makedirs(_NEW + walls.sockets, exist_ok=True)  # noqa: PTH103
        calls.mount(_OLD + sockets, _NEW + walls.sockets, "", calls.BIND)
        calls.lock_mount(_NEW + walls.sockets, calls.NO_SUID | calls.NO_DEV)


def _show_terminals() -> None:
    """
    Mount pseudo-terminals of the sandbox's own: some kernels drive a shell through one.

    They are few, for all sandboxes share the machine's limit (kernel.pty.max).
    """
    options = f"newinstance,ptmxmode=0666,mode=600,max={_TERMINALS}"
    calls.mount("devpts", _NEW + "/dev/pts", "devpts", calls.NO_SUID, options)


def _show_processes() -> None:
    """
    Mount /proc of the new pid namespace, where the machine lets us.

    Conda's programs find their libraries, and shells their `<(…)`, through /proc/self. Of other
    processes hidepid shows only one's own. Containers that mask parts of /proc forbid it: what
    needs it then fails as it would there.
    """
    flags = calls.READ_ONLY | calls.NO_SUID | calls.NO_DEV
    try:
        calls.mount("proc", _NEW + "/proc", "proc", flags, "hidepid=2")
    except WallsError:
        return
