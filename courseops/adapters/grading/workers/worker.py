"""A worker process: one bundle, then one parcel after the other, over its standard streams.

`python -m courseops.adapters.grading.workers.worker STATION PARENT`. STATION is `module:name`
of what answers parcels; PARENT is the process to die with, or 0. What nbgrader or kernels
print goes to the log that is this process's standard error, never into the replies.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import BinaryIO, Protocol

from courseops.adapters.grading.workers.framing import pack, read_frame
from courseops.errors import CourseOpsError
from courseops.ports.grading import Parcel, Reply

GRADING = "courseops.adapters.grading.inside.station:GradingStation"

_PR_SET_PDEATHSIG = 1


class Station(Protocol):
    """What answers parcels in a worker."""

    def answer(self, verb: str, content: bytes) -> bytes:
        """
        Do one parcel's work; any other exception costs the worker its life, as a crash would.

        Raises:
            CourseOpsError: no parcel at all can be worked on here.
        """
        ...

    def close(self) -> None:
        """End what was started."""
        ...


def open_station(name: str, bundle: bytes) -> Station:
    """
    Open the station `module:name` with a bundle.

    Raises:
        CourseOpsError: it cannot work with this bundle here.
    """
    return load_station(name)(bundle)


def load_station(name: str) -> Callable[[bytes], Station]:
    """Import a station, which takes a second where it is nbgrader that is imported."""
    module, _, attribute = name.partition(":")
    if module not in sys.modules:
        # Nothing of what is loaded goes again; looking for what could takes its time.
        gc.disable()
        importlib.import_module(module)
        gc.freeze()
        gc.enable()
    loaded: Callable[[bytes], Station] = getattr(sys.modules[module], attribute)
    return loaded


def grade(bundle: bytes, parcel: Parcel) -> Reply:
    """Do one parcel's work in this process, with a station of its own; for a single parcel."""
    station = open_station(GRADING, bundle)
    try:
        return Reply(subject=parcel.subject, content=station.answer(parcel.verb, parcel.content))
    finally:
        station.close()


def main(station_name: str, parent: int) -> None:
    """Answer parcels until there are no more."""
    _die_with(parent)
    parcels, replies = _take_the_pipes()
    load_station(station_name)
    first = read_frame(parcels)
    if first is None:
        return
    try:
        station = open_station(station_name, first[1])
        _send(replies, pack({"ready": "yes"}))
        try:
            _serve(station, parcels, replies)
        finally:
            station.close()
    except CourseOpsError as error:
        _send(replies, pack({"refused": str(error), "hint": error.hint}))


def _serve(station: Station, parcels: BinaryIO, replies: BinaryIO) -> None:
    while frame := read_frame(parcels):
        header, content = frame
        answer = station.answer(header["verb"], content)
        _send(replies, pack({"subject": header["subject"]}, answer))


def _send(replies: BinaryIO, frame: bytes) -> None:
    replies.write(frame)
    replies.flush()


def _die_with(parent: int) -> None:
    """
    Be killed when the parent is gone.

    https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
    """
    if not parent:
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # It may have gone before we could ask.
    if os.getppid() != parent:
        sys.exit(1)


def _take_the_pipes() -> tuple[BinaryIO, BinaryIO]:
    """
    Move the two pipes to descriptors of our own, which kernels do not inherit.

    Standard input becomes empty and standard output becomes the log.
    """
    parcels, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return os.fdopen(parcels, "rb"), os.fdopen(replies, "wb")


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except Exception:
        traceback.print_exc()
        sys.exit(1)
