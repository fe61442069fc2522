"""One message after the other over a Unix stream socket: four bytes of length, then JSON.

Both ends use it: our own side, and the code in the learner's Python. Nothing but JSON is ever
read from a socket, and never more of it than the reader allows. File descriptors may ride on
a message (https://man7.org/linux/man-pages/man7/unix.7.html, SCM_RIGHTS).
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

HEAD = struct.Struct("!I")
MOST_DESCRIPTORS = 4

# How a notebook's process ends on purpose.
TOO_MUCH_OUTPUT, OTHER_KERNEL, HUNG_UP, LINE_CUT, NOT_READY = 91, 92, 93, 94, 97

Message = dict[str, Any]


class FrameError(Exception):
    """What came is no message, or a longer one than is allowed."""


def pack(message: Message, *, default: Callable[[Any], Any] | None = None) -> bytes:
    """Spell a message as one frame."""
    body = json.dumps(message, ensure_ascii=True, allow_nan=False, default=default).encode()
    return HEAD.pack(len(body)) + body


def sign(key: str, number: int) -> str:
    """Mark the number of a cell with a key."""
    return blake2b(f"{number}".encode(), key=key.encode(), digest_size=16).hexdigest()


def parse(body: bytes) -> Message:
    """
    Read the JSON of a frame.

    Raises:
        FrameError: it is none, or no object.
    """
    try:
        message = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"no JSON: {error}") from error
    if not isinstance(message, dict):
        raise FrameError("no JSON object")
    return message


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def send(line: socket.socket, message: Message, *, descriptors: Sequence[int] = ()) -> None:
    """Send a message; the descriptors arrive with it as copies."""
    frame = pack(message)
    if descriptors:
        sent = socket.send_fds(line, [frame], list(descriptors))
        frame = frame[sent:]
    if frame:
        line.sendall(frame)


def receive(line: socket.socket, *, limit_bytes: int) -> tuple[Message, list[int]] | None:
    """
    Wait for a message and the descriptors that came with it; None once the other end is gone.

    Raises:
        FrameError: it is no message, or longer than `limit_bytes`.
    """
    head, descriptors = _receive_head(line)
    if head is None:
        return None
    (length,) = HEAD.unpack(head)
    if length > limit_bytes:
        raise FrameError(f"a message of {length} bytes")
    body = receive_exactly(line, length)
    return None if body is None else (parse(body), descriptors)


def _receive_head(line: socket.socket) -> tuple[bytes | None, list[int]]:
    head, descriptors, _, _ = socket.recv_fds(line, HEAD.size, MOST_DESCRIPTORS)
    rest = receive_exactly(line, HEAD.size - len(head)) if head else None
    return (None if rest is None else head + rest), descriptors


def receive_exactly(line: socket.socket, size_bytes: int) -> bytes | None:
    """Wait for this many bytes; None once the other end is gone."""
    parts = bytearray()
    while len(parts) < size_bytes:
        part = line.recv(min(size_bytes - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)


def frame_limit(budget_bytes: int) -> int:
    """Say how long an answer may be whose outputs may hold this much: JSON escapes some of it."""
    return 2 * budget_bytes + (1 << 20)
