"""The frames that pass between us and a worker process: a header in JSON, and bytes.

Eight bytes say how long the header and the content are; nothing is ever unpickled.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import BinaryIO

_LENGTHS = struct.Struct(">II")

# Far above what collecting lets through, far below what would fill a machine's memory.
MOST_BYTES = 1 << 30


def pack(header: Mapping[str, str], content: bytes = b"") -> bytes:
    """Write one frame."""
    head = json.dumps(header).encode()
    return _LENGTHS.pack(len(head), len(content)) + head + content


def read_frame(stream: BinaryIO) -> tuple[dict[str, str], bytes] | None:
    """Read one frame, waiting for it; None at the end of the stream."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, content = _LENGTHS.unpack(lengths)
    return json.loads(stream.read(head)), stream.read(content)


class Unpacker:
    """Collects what comes, piece by piece, into frames."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def feed(self, piece: bytes) -> list[tuple[dict[str, str], bytes]]:
        """
        Take a piece and give the frames it completes.

        Raises:
            ValueError: what comes is no frame.
        """
        self._pieces += piece
        frames = []
        while len(self._pieces) >= _LENGTHS.size:
            head, content = _LENGTHS.unpack_from(self._pieces)
            if head + content > MOST_BYTES:
                raise ValueError("a frame is too long to be one")
            end = _LENGTHS.size + head + content
            if len(self._pieces) < end:
                break
            header = json.loads(self._pieces[_LENGTHS.size : _LENGTHS.size + head])
            frames.append((header, bytes(self._pieces[_LENGTHS.size + head : end])))
            del self._pieces[:end]
        return frames
