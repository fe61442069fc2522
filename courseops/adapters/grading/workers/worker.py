"""A worker process: one bundle, then one parcel after the other, over its standard streams.

`python -m courseops.adapters.grading.workers.worker STATION PARENT`. STATION is `module:name`
of what answers parcels; PARENT is the process to die with, or 0. What nbgrader or kernels
print goes to the log that is this process's standard error, never into the replies.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import BinaryIO, Protocol

from courseops.adapters.child_side import load_for_good, take_the_pipes
from courseops.adapters.grading.workers.framing import pack, read_frame
from courseops.errors import CourseOpsError

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
    """Import a station."""
    module, _, attribute = name.partition(":")
    loaded: Callable[[bytes], Station] = getattr(load_for_good(module), attribute)
    return loaded


def main(station_name: str, parent: int) -> None:
    """Answer parcels until there are no more."""
    _die_with(parent)
    parcels, replies = take_the_pipes()
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
        why = json.dumps(error.problems).encode()
        _send(replies, pack({"refused": str(error), "hint": error.hint}, why))


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


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except Exception:
        traceback.print_exc()
        sys.exit(1)
